package io.millrace.infra.cli;

import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.pipeline.PipelineOutcome;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the process says to its caller. */
public final class ExitCode {
  public static final int OK = 0;
  public static final int FAILED = 1;
  public static final int BAD_INPUT = 2;
  public static final int BLOCKED = 3;
  public static final int WAITING = 4;

  /** What the requester wrote or gave is wrong; a refused or diverged run is not. */
  private static final Set<FailureType> BAD =
      Set.of(
          FailureType.CONFIG_INVALID,
          FailureType.DATA_UNREADABLE,
          FailureType.DATA_INVALID,
          FailureType.REQUEST_INVALID,
          FailureType.NOT_FOUND);

  private ExitCode() {}

  static int of(@Nullable FailureType type) {
    return type != null && BAD.contains(type) ? BAD_INPUT : FAILED;
  }

  static int of(PipelineOutcome outcome) {
    return switch (outcome.result()) {
      case DEPLOYED -> OK;
      case REJECTED, DECLINED -> BLOCKED;
      case ROLLED_BACK -> FAILED;
      case FAILED -> of(outcome.failure());
    };
  }
}
