package io.millrace.inference.server;

import java.nio.file.Path;

/** Where a server gets packages. */
public interface PackageSource {
  /**
   * A folder with the package of this digest.
   *
   * @throws RuntimeException when it cannot be had now; the server tries again
   */
  Path fetch(String prefix, String digest);
}
