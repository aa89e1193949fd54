package io.millrace.activities.data;

import io.millrace.activities.secret.SecretResolver;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.temporal.failure.ApplicationFailure;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/** HMAC-SHA256 (RFC 2104) under the secret of a spec. Not thread-safe. */
public final class KeyedDigest {
  /** Shorter secrets can be guessed. */
  private static final int SHORTEST = 16;

  private static final String ALGORITHM = "HmacSHA256";
  private final Mac hashes;
  private final Mac tokens;

  private KeyedDigest(byte[] secret, String dataset) throws GeneralSecurityException {
    hashes = mac(secret);
    tokens =
        mac(mac(secret).doFinal(("millrace-token:" + dataset).getBytes(StandardCharsets.UTF_8)));
  }

  /**
   * @param reference such as {@code secret:env:NAME}
   * @throws io.temporal.failure.ApplicationFailure {@code CONFIG_INVALID}; the secret is not in it
   */
  public static KeyedDigest of(@Nullable String reference, String dataset, SecretResolver secrets) {
    if (reference == null) {
      throw Failures.of(
          FailureType.CONFIG_INVALID,
          "data.privacy.key: none (expected: a reference such as secret:env:NAME, to hash or"
              + " tokenise)");
    }
    byte[] secret;
    try {
      secret = secrets.resolve(reference);
    } catch (ApplicationFailure e) {
      throw Failures.of(
          FailureType.CONFIG_INVALID, e, "data.privacy.key: " + e.getOriginalMessage());
    }
    if (secret.length < SHORTEST) {
      throw Failures.of(
          FailureType.CONFIG_INVALID,
          "data.privacy.key: %s has %d bytes (expected: at least %d)"
              .formatted(reference, secret.length, SHORTEST));
    }
    try {
      return new KeyedDigest(secret, dataset);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
    }
  }

  /** 64 hex digits. */
  public String hash(String value) {
    return hex(hashes, value);
  }

  /** {@code <recogniser>-<16 hex digits>}. */
  public String token(String recogniser, String value) {
    return recogniser + "-" + hex(tokens, value).substring(0, 16);
  }

  private static String hex(Mac mac, String value) {
    return HexFormat.of().formatHex(mac.doFinal(value.getBytes(StandardCharsets.UTF_8)));
  }

  private static Mac mac(byte[] key) throws GeneralSecurityException {
    Mac mac = Mac.getInstance(ALGORITHM);
    mac.init(new SecretKeySpec(key, ALGORITHM));
    return mac;
  }
}
