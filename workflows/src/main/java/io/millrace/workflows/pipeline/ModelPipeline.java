package io.millrace.workflows.pipeline;

import io.millrace.workflows.pool.ComputePool;
import io.millrace.workflows.ref.Checks;
import io.temporal.workflow.QueryMethod;
import io.temporal.workflow.SignalMethod;
import io.temporal.workflow.UpdateMethod;
import io.temporal.workflow.UpdateValidatorMethod;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;
import org.jspecify.annotations.Nullable;

/**
 * One run: ingest, trials, selection, gates, approval, registration, rollout. Id {@code
 * ModelPipeline:<model>:<n>}. A step out of retries suspends the run until it is resumed.
 */
@WorkflowInterface
public interface ModelPipeline {
  @WorkflowMethod
  PipelineOutcome run(PipelineRequest request);

  @QueryMethod
  PipelineStatus status();

  /** Yes or no of one person; the validator names what is wrong with it. */
  @UpdateMethod(description = "Yes or no of one person; the current details show the JSON")
  PipelineStatus approve(ApprovalRequest request);

  @UpdateValidatorMethod(updateName = "approve")
  void validateApprove(ApprovalRequest request);

  /** Wakes a suspended run. */
  @UpdateMethod(description = "Wakes a suspended run; the current details show the JSON")
  PipelineStatus resume(ResumeRequest request);

  @UpdateValidatorMethod(updateName = "resume")
  void validateResume(ResumeRequest request);

  /** The same for other workflows; ignored when the run is not suspended. */
  @SignalMethod
  void resumeSuspended(ResumeRequest request);

  /** The money for training is spent: no more is tried, and what has been trained is kept. */
  @SignalMethod(name = ComputePool.SPENT)
  void spent(ComputePool.Spent spent);

  record ApprovalRequest(String who, String role, boolean accept, String reason) {
    public ApprovalRequest {
      Checks.present("who", who);
      Checks.present("role", role);
      Checks.present("reason", reason);
    }
  }

  /**
   * @param action what to do with the failed step @param who a person or {@code schedule}
   */
  record ResumeRequest(Action action, String who, @Nullable String reason) {
    public ResumeRequest {
      Checks.present("who", who);
    }

    /** {@code SKIP} is refused for steps the rest needs. */
    public enum Action {
      RETRY,
      SKIP,
      FAIL
    }
  }
}
