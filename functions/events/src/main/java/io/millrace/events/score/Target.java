package io.millrace.events.score;

import com.fasterxml.jackson.databind.JsonNode;

/** The deployed model, wherever it lives. Thread-safe. */
public interface Target {
  /**
   * Scores a body of {@code /invocations}.
   *
   * @param contentType {@code application/json} or {@code text/csv}
   * @param requestId of this body: a repeat has the same
   * @return the endpoint's answer, with {@code predictions} in the rows' order
   * @throws Refused when the body is at fault
   * @throws RuntimeException when the model did not answer: worth another try
   */
  JsonNode score(String contentType, byte[] body, String requestId);

  /** The body is at fault; the message names field, value and what was expected. */
  final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final int status;

    public Refused(int status, String message) {
      super(message);
      this.status = status;
    }

    /** As HTTP has it. */
    public int status() {
      return status;
    }

    /** True when it is the rows, or their number, and fewer of them may do. */
    public boolean byRows() {
      return status == 400 || status == 413 || status == 422;
    }
  }
}
