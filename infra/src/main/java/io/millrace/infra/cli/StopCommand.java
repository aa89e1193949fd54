package io.millrace.infra.cli;

import io.millrace.workflows.pipeline.ModelPipeline;
import io.millrace.workflows.pipeline.ModelPipeline.StopTraining;
import io.millrace.workflows.pipeline.PipelineStatus;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "stop",
    description =
        "Stop a run's training: what has been trained is kept, and the run goes on with the best"
            + " of it.")
final class StopCommand extends CliCommand {
  @Parameters(paramLabel = "RUN", description = "Such as car-loan-3, or a model for its last run.")
  String run = "";

  @Option(
      names = "--training",
      required = true,
      description =
          "Train no further and select among the finished trials; nothing else of a run can be"
              + " stopped.")
  boolean training;

  @Option(names = "--who", description = "Who says so; the user of this machine otherwise.")
  String who = Who.user();

  @Option(names = "--reason", required = true, description = "Kept in the audit log.")
  String reason = "";

  @Override
  public Integer call() {
    if (!training) {
      throw CliFailure.bad("--training: false (expected: true, the one thing that can be stopped)");
    }
    RunName name = RunName.find(session().client(), run);
    PipelineStatus status =
        session()
            .client()
            .newWorkflowStub(ModelPipeline.class, name.workflowId())
            .stopTraining(new StopTraining(who, reason));
    RunResult now = new RunResult(session(), status, name.workflowId());
    PipelineStatus.SweepStatus sweep = status.sweep();
    result(
        now.json(),
        "%s: training stopped by %s%s. To watch: infra/millrace watch %s"
            .formatted(
                name.runId(),
                who,
                sweep == null
                    ? ""
                    : "; it goes on with the best of "
                        + (sweep.done() + sweep.paused())
                        + " trained",
                name.runId()));
    return ExitCode.OK;
  }
}
