package io.millrace.inference.server;

/** An answer that is not 2xx. */
class HttpProblem extends RuntimeException {
  private static final long serialVersionUID = 1;
  private final int status;

  HttpProblem(int status, String message) {
    super(message, null, false, false);
    this.status = status;
  }

  final int status() {
    return status;
  }
}
