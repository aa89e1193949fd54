package io.millrace.inference.edge;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;

/** Ed25519 (RFC 8032) over a manifest's bytes; keys as PEM, as openssl writes them. */
public final class Signatures {
  private static final String ALGORITHM = "Ed25519";

  private Signatures() {}

  /** Base64 of the signature; equal bytes and key give an equal one. */
  public static String sign(byte[] manifest, PrivateKey key) {
    try {
      Signature signature = Signature.getInstance(ALGORITHM);
      signature.initSign(key);
      signature.update(manifest);
      return Base64.getEncoder().encodeToString(signature.sign()) + "\n";
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("key: cannot sign (expected: an Ed25519 key)", e);
    }
  }

  /**
   * @throws BundleInvalid when the key's owner did not sign these bytes
   */
  public static void verify(byte[] manifest, String signature, PublicKey key) {
    boolean good;
    try {
      Signature check = Signature.getInstance(ALGORITHM);
      check.initVerify(key);
      check.update(manifest);
      good = check.verify(Base64.getDecoder().decode(signature.strip()));
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new BundleInvalid(
          BundleManifest.SIGNATURE + ": cannot be read (expected: base64 of 64 bytes)", e);
    }
    if (!good) {
      throw new BundleInvalid(
          BundleManifest.SIGNATURE
              + ": not of this manifest by key "
              + PublicKeys.fingerprint(key)
              + " (expected: its signature)");
    }
  }

  /**
   * A private key.
   *
   * @param pem PKCS#8, {@code openssl genpkey -algorithm ed25519}
   * @throws IllegalArgumentException when it is none; says nothing of what it is
   */
  public static PrivateKey privateKey(byte[] pem) {
    try {
      return KeyFactory.getInstance(ALGORITHM)
          .generatePrivate(new PKCS8EncodedKeySpec(body(pem, "PRIVATE KEY")));
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "key: cannot be read (expected: an Ed25519 private key as PKCS#8 PEM)", e);
    }
  }

  /**
   * A public key.
   *
   * @param pem X.509, {@code openssl pkey -pubout}
   * @throws BundleInvalid when it is none
   */
  public static PublicKey publicKey(byte[] pem) {
    try {
      return KeyFactory.getInstance(ALGORITHM)
          .generatePublic(new X509EncodedKeySpec(body(pem, "PUBLIC KEY")));
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new BundleInvalid("key: cannot be read (expected: an Ed25519 public key as PEM)", e);
    }
  }

  /** PEM of either kind of key. */
  public static String pem(String kind, byte[] encoded) {
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
        .formatted(
            kind, Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(encoded), kind);
  }

  private static byte[] body(byte[] pem, String kind) {
    String text = new String(pem, StandardCharsets.US_ASCII).strip();
    String begin = "-----BEGIN " + kind + "-----";
    String end = "-----END " + kind + "-----";
    if (!text.startsWith(begin) || !text.endsWith(end)) {
      throw new IllegalArgumentException("no " + kind);
    }
    return Base64.getMimeDecoder()
        .decode(text.substring(begin.length(), text.length() - end.length()));
  }
}
