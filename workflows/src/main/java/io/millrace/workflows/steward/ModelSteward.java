package io.millrace.workflows.steward;

import io.millrace.workflows.drift.DriftSummary;
import io.millrace.workflows.pipeline.PipelineOutcome;
import io.millrace.workflows.pipeline.PipelineRequest;
import io.millrace.workflows.pipeline.Trigger;
import io.millrace.workflows.ref.Checks;
import io.millrace.workflows.ref.ModelRef;
import io.millrace.workflows.spec.RetrainingSpec;
import io.temporal.workflow.QueryMethod;
import io.temporal.workflow.SignalMethod;
import io.temporal.workflow.UpdateMethod;
import io.temporal.workflow.UpdateValidatorMethod;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The one long-lived workflow of a model: one run and one rollout at a time, cooldown, retrain
 * budget, the suspended run. Continues as new. Id {@code ModelSteward:<model>}.
 */
@WorkflowInterface
public interface ModelSteward {
  @WorkflowMethod
  void run(StewardState state);

  @QueryMethod
  StewardState status();

  /** Starts a run as the steward's child; refused while another is under way. */
  @UpdateMethod(description = "Starts a run: {\"location\": \"/path/pipeline.yaml\"}")
  RunStarted start(PipelineRequest request);

  @UpdateValidatorMethod(updateName = "start")
  void validateStart(PipelineRequest request);

  /** Gives the single flight to a run that was started by hand. */
  @UpdateMethod(description = "For runs only: gives one the single flight")
  Admitted admit(AdmitRun request);

  @UpdateValidatorMethod(updateName = "admit")
  void validateAdmit(AdmitRun request);

  /**
   * Gives all traffic to an earlier version at once and makes it champion; aborts a rollout under
   * way first. Answers without a change when that version serves already.
   */
  @UpdateMethod
  RolledBack rollback(RollbackRequest request);

  @UpdateValidatorMethod(updateName = "rollback")
  void validateRollback(RollbackRequest request);

  @SignalMethod
  void finished(RunFinished notice);

  @SignalMethod
  void drift(DriftSummary summary);

  record RunStarted(String runId, String workflowId, int number) {}

  /**
   * @param number null for a run started by hand
   * @param request what a retraining repeats; null keeps what is known
   * @param retraining when it may retrain; null keeps what is known
   */
  record AdmitRun(
      String workflowId,
      Trigger trigger,
      @Nullable Integer number,
      @Nullable PipelineRequest request,
      @Nullable RetrainingSpec retraining) {}

  record Admitted(int number) {}

  /**
   * @param to the version; null for the champion when another version has traffic (a rollout is
   *     under way), else for the one before it
   */
  record RollbackRequest(@Nullable Integer to, String who, String reason) {}

  /**
   * @param to what serves now
   * @param from versions that had traffic before
   * @param url of the endpoint
   * @param changed false when it was so already
   */
  record RolledBack(
      ModelRef to, List<Integer> from, @Nullable String url, boolean changed, String sentence) {
    public RolledBack {
      from = Checks.list(from);
    }
  }

  record RunFinished(String workflowId, PipelineOutcome outcome) {}
}
