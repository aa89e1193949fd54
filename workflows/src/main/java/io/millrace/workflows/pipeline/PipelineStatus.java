package io.millrace.workflows.pipeline;

import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.port.train.TrainActivities;
import io.millrace.workflows.ref.Checks;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a run stands.
 *
 * @param stage the current step, {@code suspended}, {@code waiting-approval} or {@code done}
 * @param suspension null unless suspended
 * @param approval null unless waiting for one
 * @param trials at most 20: those that run, the best, then the newest
 * @param outcome null until the end
 * @param sweep null before training
 */
public record PipelineStatus(
    String runId,
    String model,
    String stage,
    List<Step> steps,
    List<TrainActivities.TrialProgress> trials,
    @Nullable Suspension suspension,
    @Nullable ApprovalState approval,
    @Nullable PipelineOutcome outcome,
    @Nullable SweepStatus sweep) {

  /**
   * All trials in numbers; its size does not grow with them.
   *
   * @param limit greatest number of trials; null when the search has its own end
   * @param proposed trials so far
   * @param paused stopped by the search before their own end; their results count
   * @param best at most five, the best first
   * @param ended what ended it early; null while it goes on, and when everything was tried
   */
  public record SweepStatus(
      String method,
      @Nullable Integer limit,
      int proposed,
      int running,
      int done,
      int paused,
      int diverged,
      String objective,
      List<TrialLine> best,
      @Nullable String ended) {
    public SweepStatus {
      best = Checks.list(best);
    }
  }

  /**
   * @param parameters in words, at most 100 characters
   * @param state {@code running}, {@code done}, {@code paused}, {@code diverged}, {@code
   *     interrupted}
   * @param epochs of its last result
   * @param value of the objective; null before the first result
   */
  public record TrialLine(
      int trial,
      String family,
      String parameters,
      String state,
      int epochs,
      @Nullable Double value) {}

  /**
   * @param state {@code running}, {@code done}, {@code skipped}, {@code failed} @param to null
   *     while it runs
   */
  public record Step(
      String name, String state, Instant from, @Nullable Instant to, @Nullable String detail) {}

  /**
   * @param type null when the failure is none of ours
   */
  public record Suspension(
      String step, @Nullable FailureType type, String message, Instant since) {}

  public record ApprovalState(String role, int quorum, Instant expires, List<Decision> decisions) {}

  /**
   * @param who a person @param role the role they act in @param accept yes or no
   */
  public record Decision(String who, String role, boolean accept, String reason, Instant at) {}
}
