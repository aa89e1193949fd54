package io.millrace.infra.cli;

import io.millrace.workflows.pipeline.ModelPipeline;
import io.millrace.workflows.pipeline.ModelPipeline.ResumeRequest;
import io.millrace.workflows.pipeline.PipelineStatus;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "resume", description = "Say how a suspended run goes on.")
final class ResumeCommand extends CliCommand {
  /** Exactly one. */
  static final class Action {
    @Option(names = "--retry", description = "Try the failed step again.")
    boolean retry;

    @Option(names = "--skip", description = "Go on without it; refused when the rest needs it.")
    boolean skip;

    @Option(names = "--fail", description = "End the run as failed.")
    boolean fail;

    ResumeRequest.Action word() {
      return retry
          ? ResumeRequest.Action.RETRY
          : skip ? ResumeRequest.Action.SKIP : ResumeRequest.Action.FAIL;
    }
  }

  @Parameters(paramLabel = "RUN", description = "Such as car-loan-3, or a model for its last run.")
  String run = "";

  @ArgGroup(multiplicity = "1")
  Action action = new Action();

  @Option(names = "--who", description = "Who says so; the user of this machine otherwise.")
  String who = Who.user();

  @Option(names = "--reason", description = "Kept in the audit log.")
  @Nullable String reason;

  @Override
  public Integer call() {
    RunName name = RunName.find(session().client(), run);
    PipelineStatus status =
        session()
            .client()
            .newWorkflowStub(ModelPipeline.class, name.workflowId())
            .resume(new ResumeRequest(action.word(), who, reason));
    RunResult now = new RunResult(session(), status, name.workflowId());
    result(now.json(), name.runId() + " goes on. To watch: infra/millrace watch " + name.runId());
    return ExitCode.OK;
  }
}
