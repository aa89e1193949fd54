package io.millrace.infra.cli;

import io.millrace.workflows.pipeline.ModelPipeline;
import io.millrace.workflows.pipeline.ModelPipeline.ApprovalRequest;
import io.millrace.workflows.pipeline.PipelineStatus;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Yes or no of one person. */
abstract class DecisionCommand extends CliCommand {
  private final boolean accept;

  @Parameters(paramLabel = "RUN", description = "Such as car-loan-3, or a model for its last run.")
  String run = "";

  @Option(names = "--who", description = "Who decides; the user of this machine otherwise.")
  String who = Who.user();

  @Option(names = "--role", description = "As the gate asks for; its role otherwise.")
  @Nullable String role;

  @Option(names = "--reason", required = true, description = "Kept in the audit log.")
  String reason = "";

  DecisionCommand(boolean accept) {
    this.accept = accept;
  }

  @Override
  public Integer call() {
    RunName name = RunName.find(session().client(), run);
    ModelPipeline pipeline =
        session().client().newWorkflowStub(ModelPipeline.class, name.workflowId());
    PipelineStatus.ApprovalState waiting = pipeline.status().approval();
    if (waiting == null) {
      throw CliFailure.bad("RUN: " + name.runId() + " (expected: a run that waits for approval)");
    }
    PipelineStatus status =
        pipeline.approve(
            new ApprovalRequest(who, role == null ? waiting.role() : role, accept, reason));
    RunResult now = new RunResult(session(), status, name.workflowId());
    result(
        now.json(),
        "%s: %s by %s. To watch: infra/millrace watch %s"
            .formatted(name.runId(), accept ? "approved" : "declined", who, name.runId()));
    return ExitCode.OK;
  }
}
