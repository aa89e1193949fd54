package io.millrace.workflows.port.steward;

import io.millrace.workflows.drift.DriftSummary;
import io.millrace.workflows.pipeline.PipelineOutcome;
import io.millrace.workflows.pipeline.PipelineRequest;
import io.millrace.workflows.pipeline.PipelineStatus;
import io.millrace.workflows.pipeline.Trigger;
import io.millrace.workflows.spec.RetrainingSpec;
import io.temporal.activity.ActivityInterface;
import org.jspecify.annotations.Nullable;

/** Reaches the model's steward and its runs from other workflows. */
@ActivityInterface(namePrefix = "Steward")
public interface StewardActivities {
  /**
   * Asks for the model's single flight, starting the steward when there is none. A repeat by the
   * same workflow answers the same number.
   *
   * @throws io.temporal.failure.ApplicationFailure {@code RUN_IN_PROGRESS}
   */
  Admission admit(AdmitRequest request);

  /** Tells the steward that a run ended; starts the steward when there is none. */
  void finished(FinishedNotice notice);

  /** Tells the steward what a drift check found; starts the steward when there is none. */
  void drift(DriftSummary summary);

  /**
   * Aborts the rollout that a run has under way, and waits a while for traffic to be back. A run
   * that is gone, or rolls nothing out, has none.
   */
  Aborted abortRollout(AbortRollout request);

  /** Asks the server whether a workflow is still running, and what it waits for. */
  RunState inspect(Inspection inspection);

  /**
   * The highest number under {@code runs/<model>-<n>/} in the store: a steward that was lost with
   * its server must not use a number, and its journal, again.
   */
  LastRun lastRun(LastRunQuery query);

  /**
   * @param number the steward's own, when it started the run; null for a run started by hand
   * @param request what a retraining repeats; null keeps what the steward knows
   * @param retraining when it may retrain; null keeps what the steward knows
   */
  record AdmitRequest(
      String model,
      String workflowId,
      Trigger trigger,
      @Nullable Integer number,
      @Nullable PipelineRequest request,
      @Nullable RetrainingSpec retraining) {}

  /**
   * @param number of the run: names {@code runs/<model>-<number>/}
   */
  record Admission(int number) {}

  record FinishedNotice(String model, String workflowId, PipelineOutcome outcome) {}

  /**
   * @param workflowId of the run
   */
  record AbortRollout(String workflowId, String who, String reason) {}

  /**
   * @param any there was one
   * @param ended it is over; false when it did not end in time
   */
  record Aborted(boolean any, boolean ended) {}

  record Inspection(String workflowId) {}

  /**
   * @param suspension what it waits to be resumed from; null when it does not
   * @param outcome how it ended by itself; null otherwise
   * @param interrupted it was terminated or timed out before its end
   */
  record RunState(
      boolean running,
      PipelineStatus.@Nullable Suspension suspension,
      @Nullable PipelineOutcome outcome,
      boolean interrupted) {}

  record LastRunQuery(String model) {}

  /**
   * @param number 0 when there was none
   */
  record LastRun(int number) {}
}
