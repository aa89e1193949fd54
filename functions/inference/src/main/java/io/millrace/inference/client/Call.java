package io.millrace.inference.client;

import org.jspecify.annotations.Nullable;

/**
 * What one call says about itself.
 *
 * @param requestId 1..128 printable characters; goes into the prediction log and decides the
 *     version during a rollout; null for a new one. All attempts of a call have the same
 * @param traceparent W3C trace context; null for none
 */
public record Call(@Nullable String requestId, @Nullable String traceparent) {
  /** Nothing. */
  public static final Call NEW = new Call(null, null);

  public Call {
    if (requestId != null && !requestId.matches("[!-~]{1,128}")) {
      throw new IllegalArgumentException(
          "requestId: " + requestId + " (expected: 1..128 printable characters without spaces)");
    }
    if (traceparent != null
        && !traceparent.matches("[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")) {
      throw new IllegalArgumentException(
          "traceparent: " + traceparent + " (expected: 00-<32 hex>-<16 hex>-<2 hex>)");
    }
  }

  /** With this id. */
  public static Call of(String requestId) {
    return new Call(requestId, null);
  }

  public Call withTraceparent(@Nullable String parent) {
    return new Call(requestId, parent);
  }
}
