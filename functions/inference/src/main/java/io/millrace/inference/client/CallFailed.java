package io.millrace.inference.client;

import org.jspecify.annotations.Nullable;

/**
 * A call without an answer. The message is the server's own ({@code field: value (expected: …)})
 * where there was one.
 */
public final class CallFailed extends RuntimeException {
  private static final long serialVersionUID = 1;
  private final int status;
  private final int attempts;

  CallFailed(int status, int attempts, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.status = status;
    this.attempts = attempts;
  }

  /** HTTP status of the last attempt; 0 when there was no answer at all. */
  public int status() {
    return status;
  }

  /** How often it was tried. */
  public int attempts() {
    return attempts;
  }

  /** True when the request is at fault: the same again would fail again. */
  public boolean refused() {
    return status >= 400 && status < 500 && !Retries.worthwhile(status);
  }
}
