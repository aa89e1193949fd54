package io.millrace.activities.bundle;

import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.interfaces.EdECPrivateKey;
import java.security.spec.NamedParameterSpec;

/** What the JDK has no call for. */
final class Ed25519 {
  private Ed25519() {}

  /**
   * The public half of a private key. The JDK derives it only while it makes a pair, from 32 random
   * bytes that are the private key itself (RFC 8032, 5.1.5): it is given ours.
   *
   * @throws IllegalArgumentException when the key is none of Ed25519
   */
  static PublicKey publicHalf(PrivateKey key) {
    byte[] seed =
        key instanceof EdECPrivateKey edwards
            ? edwards.getBytes().orElse(new byte[0])
            : new byte[0];
    if (seed.length != 32) {
      throw new IllegalArgumentException("key: " + key.getAlgorithm() + " (expected: Ed25519)");
    }
    try {
      KeyPairGenerator pairs = KeyPairGenerator.getInstance("Ed25519");
      pairs.initialize(NamedParameterSpec.ED25519, new Given(seed));
      return pairs.generateKeyPair().getPublic();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e); // every Java since 15 has it
    }
  }

  /** Bytes that are handed out as if they were random. */
  private static final class Given extends SecureRandom {
    private static final long serialVersionUID = 1;
    private final transient byte[] bytes;

    Given(byte[] bytes) {
      this.bytes = bytes;
    }

    @Override
    public void nextBytes(byte[] into) {
      System.arraycopy(bytes, 0, into, 0, into.length);
    }
  }
}
