package io.millrace.workflows.steward;

import io.millrace.workflows.drift.DriftSummary;
import io.millrace.workflows.pipeline.PipelineOutcome;
import io.millrace.workflows.pipeline.PipelineRequest;
import io.millrace.workflows.pipeline.Trigger;
import io.millrace.workflows.ref.Checks;
import io.millrace.workflows.ref.ModelRef;
import io.millrace.workflows.spec.Debounce;
import io.millrace.workflows.spec.RetrainingSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Everything a steward knows; carried over when it continues as new.
 *
 * @param nextNumber of the next run, from 1
 * @param active the run under way; null for none
 * @param champion null before the first deployment
 * @param request what started the last run that got as far as a spec: a retraining repeats it
 * @param retrainings when the automatic ones of the last 30 days began
 * @param lastDrift null before the first check
 * @param waitsFor for a person
 * @param rollback the last one by hand; null for none
 * @param tally what its retrainings came to; null before there was one to decide about
 */
public record StewardState(
    String model,
    int nextNumber,
    @Nullable ActiveRun active,
    @Nullable ModelRef champion,
    @Nullable PipelineRequest request,
    RetrainingSpec retraining,
    List<Instant> retrainings,
    @Nullable DriftSummary lastDrift,
    List<PipelineOutcome> history,
    String waitsFor,
    @Nullable Rollback rollback,
    @Nullable Tally tally) {
  private static final RetrainingSpec UNKNOWN =
      new RetrainingSpec(
          List.of(), new RetrainingSpec.DataWindow(null), Duration.ZERO, 0, Duration.ofDays(7));

  public StewardState {
    retrainings = Checks.list(retrainings);
    history = Checks.list(history);
  }

  /** A steward that knows nothing yet: it learns from the first run that is admitted. */
  public static StewardState fresh(String model) {
    return new StewardState(
        model,
        1,
        null,
        null,
        null,
        UNKNOWN,
        List.of(),
        null,
        List.of(),
        "the first run",
        null,
        null);
  }

  /**
   * What automatic retrainings came to, and what checks saw since the last one.
   *
   * @param fruitless in a row that brought no new version
   * @param seen whether each check since then, the newest last, saw drift or broken quality; at
   *     most {@value Debounce#MOST}
   * @param spent what each cost that ended in the last 30 days
   */
  public record Tally(int fruitless, List<Boolean> seen, List<Spent> spent) {
    static final Tally NONE = new Tally(0, List.of(), List.of());

    public Tally {
      seen = Checks.list(seen);
      spent = Checks.list(spent);
    }
  }

  /** US dollars that a retraining cost which ended then. */
  public record Spent(Instant at, double cost) {}

  /** All traffic went to {@code to}. */
  public record Rollback(ModelRef to, String who, String reason, Instant at) {}

  /**
   * @param patience with its suspension; null while it is not suspended
   * @param request what it was started with, so that a successor finds its finished steps; null
   *     when it was started by hand and has not been admitted yet
   */
  public record ActiveRun(
      String workflowId,
      int number,
      Trigger trigger,
      Instant since,
      @Nullable Patience patience,
      @Nullable PipelineRequest request) {}

  /**
   * How often a suspended run was seen by drift checks: it is resumed on the 1st, then on every
   * 2nd, 4th, … so that a failure that stays is not tried at each of them.
   *
   * @param failure the step and what failed in it; another failure starts anew
   * @param every checks between two attempts: 1, 2, 4, …
   * @param left checks until the next attempt
   */
  public record Patience(String failure, int every, int left) {}
}
