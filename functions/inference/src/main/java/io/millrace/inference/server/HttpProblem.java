package io.millrace.inference.server;

/** An answer that is not 2xx. */
class HttpProblem extends RuntimeException {
  private static final long serialVersionUID = 1;
  private final int status;
  private final int retryAfter;

  HttpProblem(int status, String message) {
    this(status, message, status == 503 ? 1 : 0);
  }

  /**
   * @param retryAfter seconds after which the request may come again; 0 to say nothing
   */
  HttpProblem(int status, String message, int retryAfter) {
    super(message, null, false, false);
    this.status = status;
    this.retryAfter = retryAfter;
  }

  final int retryAfter() {
    return retryAfter;
  }

  final int status() {
    return status;
  }
}
