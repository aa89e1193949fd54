package io.millrace.workflows.pipeline;

import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.port.train.TrainActivities;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a run stands.
 *
 * @param stage the current step, {@code suspended}, {@code waiting-approval} or {@code done}
 * @param suspension null unless suspended
 * @param approval null unless waiting for one
 * @param outcome null until the end
 */
public record PipelineStatus(
    String runId,
    String model,
    String stage,
    List<Step> steps,
    List<TrainActivities.TrialProgress> trials,
    @Nullable Suspension suspension,
    @Nullable ApprovalState approval,
    @Nullable PipelineOutcome outcome) {

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
