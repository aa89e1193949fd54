package io.millrace.activities.secret;

/**
 * Turns a reference to a secret into the secret, inside an activity and never in a workflow, a
 * payload or a log. Thread-safe.
 */
@FunctionalInterface
public interface SecretResolver {
  /**
   * @param reference {@code secret:env:NAME} or {@code secret:file:/path}
   * @return the secret's bytes, at least one; the caller's to keep
   * @throws io.temporal.failure.ApplicationFailure {@code CONFIG_INVALID} when the reference is not
   *     understood or there is no such secret; the message names the reference, never the secret
   */
  byte[] resolve(String reference);
}
