package io.millrace.workflows.steward;

import io.millrace.workflows.Samples;
import io.millrace.workflows.options.WorkflowIds;
import io.millrace.workflows.pipeline.ModelPipeline;
import io.millrace.workflows.pipeline.PipelineOutcome;
import io.millrace.workflows.pipeline.PipelineRequest;
import io.millrace.workflows.pipeline.PipelineStatus;
import io.millrace.workflows.pool.ComputePool;
import io.millrace.workflows.ref.ModelRef;
import io.temporal.workflow.Workflow;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A run that does nothing but wait to be told its result, and counts who resumed it. */
public final class ScriptedPipeline implements ModelPipeline {
  private final List<PipelineStatus.Step> resumes = new ArrayList<>();
  private @Nullable PipelineOutcome outcome;
  private int number;

  @Override
  public PipelineOutcome run(PipelineRequest request) {
    number = request.number() == null ? 0 : request.number();
    Workflow.await(() -> outcome != null);
    return outcome;
  }

  /** {@code who: test} ends the run with the result that is the reason. */
  @Override
  public void resumeSuspended(ResumeRequest request) {
    if (request.who().equals("test")) {
      outcome =
          new PipelineOutcome(
              WorkflowIds.run(Samples.MODEL, number),
              PipelineOutcome.Result.valueOf(request.reason()),
              "told so",
              new ModelRef(Samples.MODEL, number, Samples.DIGEST),
              List.of(),
              null,
              null,
              null);
    } else {
      resumes.add(
          new PipelineStatus.Step(
              request.who(), request.action().name(), java.time.Instant.EPOCH, null, null));
    }
  }

  @Override
  public void spent(ComputePool.Spent spent) {}

  @Override
  public PipelineStatus status() {
    return new PipelineStatus(
        "run", Samples.MODEL, "waiting", List.copyOf(resumes), List.of(), null, null, outcome);
  }

  @Override
  public PipelineStatus approve(ApprovalRequest request) {
    return status();
  }

  @Override
  public void validateApprove(ApprovalRequest request) {}

  @Override
  public PipelineStatus resume(ResumeRequest request) {
    return status();
  }

  @Override
  public void validateResume(ResumeRequest request) {}
}
