package io.millrace.infra.cli;

import io.millrace.workflows.pipeline.ModelPipeline;
import io.millrace.workflows.pipeline.PipelineStatus;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "watch", description = "Follow a run to its end, or to where it waits.")
final class WatchCommand extends CliCommand {
  @Parameters(paramLabel = "RUN", description = "Such as car-loan-3, or a model for its last run.")
  String run = "";

  @Option(names = "--wait", description = "Go on watching while it waits for somebody.")
  boolean through;

  @Option(names = "--once", description = "Print where it stands now, and return.")
  boolean once;

  @Override
  public Integer call() throws InterruptedException {
    RunName name = RunName.find(session().client(), run);
    if (once) {
      return glance(name);
    }
    PipelineStatus status =
        new RunWatcher(session().client(), console(), name.runId(), name.workflowId())
            .follow(through);
    RunResult end = new RunResult(session(), status, name.workflowId());
    result(end.json(), end.text());
    return end.exitCode();
  }

  private int glance(RunName name) {
    PipelineStatus status =
        session().client().newWorkflowStub(ModelPipeline.class, name.workflowId()).status();
    Heartbeats.Live live = new Heartbeats(session().client()).of(name.workflowId());
    Map<String, Object> object =
        new LinkedHashMap<>(new RunResult(session(), status, name.workflowId()).json());
    object.put("trials", live.trials());
    object.put("pool", live.pool());
    result(object, String.join("\n", RunView.lines(status, live, Instant.now())));
    return ExitCode.OK;
  }
}
