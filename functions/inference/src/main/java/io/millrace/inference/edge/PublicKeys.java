package io.millrace.inference.edge;

import io.millrace.inference.model.PackageFiles;
import java.security.PublicKey;

/** What people call keys by. */
public final class PublicKeys {
  private PublicKeys() {}

  /** Hex sha256 of the X.509 form, the first 32 digits. */
  public static String fingerprint(PublicKey key) {
    return PackageFiles.sha256(key.getEncoded()).substring(0, 32);
  }
}
