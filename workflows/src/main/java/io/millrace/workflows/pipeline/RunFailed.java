package io.millrace.workflows.pipeline;

import io.millrace.workflows.failure.FailureType;
import org.jspecify.annotations.Nullable;

/** Ends a run with the result {@code FAILED}; never leaves the workflow. */
final class RunFailed extends RuntimeException {
  private static final long serialVersionUID = 1;
  private final @Nullable FailureType type;

  RunFailed(@Nullable FailureType type, String sentence) {
    super(sentence);
    this.type = type;
  }

  /** Null when the failure is none of ours. */
  @Nullable FailureType type() {
    return type;
  }

  String sentence() {
    return String.valueOf(getMessage());
  }
}
