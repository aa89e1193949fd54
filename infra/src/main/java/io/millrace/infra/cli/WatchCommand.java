package io.millrace.infra.cli;

import io.millrace.workflows.pipeline.PipelineStatus;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "watch", description = "Follow a run to its end, or to where it waits.")
final class WatchCommand extends CliCommand {
  @Parameters(paramLabel = "RUN", description = "Such as car-loan-3, or a model for its last run.")
  String run = "";

  @Option(names = "--wait", description = "Go on watching while it waits for somebody.")
  boolean through;

  @Override
  public Integer call() throws InterruptedException {
    RunName name = RunName.find(session().client(), run);
    PipelineStatus status =
        new RunWatcher(session().client(), console(), name.runId(), name.workflowId())
            .follow(through);
    RunResult end = new RunResult(session(), status, name.workflowId());
    result(end.json(), end.text());
    return end.exitCode();
  }
}
