package io.millrace.infra.cli;

import io.millrace.activities.spec.SpecFiles;
import io.millrace.activities.spec.SpecParser;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.pipeline.PipelineRequest;
import io.millrace.workflows.pipeline.PipelineStatus;
import io.millrace.workflows.pipeline.Trigger;
import io.millrace.workflows.spec.Spec;
import io.millrace.workflows.steward.ModelSteward.RunStarted;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowUpdateException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "run", description = "Start a run of a spec and watch it.")
final class RunCommand extends CliCommand {
  @Parameters(paramLabel = "SPEC", description = "Path, s3:// or http(s):// of pipeline.yaml.")
  String location = "";

  @Option(
      names = "--detach",
      description = "Return at once; --watch, the default, returns at its end.")
  boolean detach;

  @Option(names = "--watch", description = "Watch until the run ends or waits (the default).")
  boolean watch;

  @Option(names = "--wait", description = "Go on watching while it waits for somebody.")
  boolean through;

  @Option(
      names = "--resume-from",
      paramLabel = "RUN",
      description = "An earlier run whose finished steps count as this run's.")
  @Nullable String resumeFrom;

  @Override
  public Integer call() throws InterruptedException {
    if (detach && (watch || through)) {
      throw CliFailure.bad("--detach: with --watch or --wait (expected: one of them)");
    }
    RunStarted started = start(session(), location, resumeFrom);
    if (detach) {
      Map<String, Object> object = new LinkedHashMap<>();
      object.put("run", started.runId());
      object.put("workflow", started.workflowId());
      object.put("ui", session().uiLink(started.workflowId()));
      result(
          object, started.runId() + " started. To watch: infra/millrace watch " + started.runId());
      return ExitCode.OK;
    }
    progress(started.runId() + "  " + session().uiLink(started.workflowId()));
    PipelineStatus status =
        new RunWatcher(session().client(), console(), started.runId(), started.workflowId())
            .follow(through);
    RunResult end = new RunResult(session(), status, started.workflowId());
    result(end.json(), end.text());
    return end.exitCode();
  }

  /**
   * Reads the spec here, so that a mistake costs no run, and asks the model's steward for a run.
   *
   * @throws CliFailure 1 when the steward refuses
   */
  // NullAway does not see @Nullable on a nested type of another module's record
  @SuppressWarnings("NullAway")
  static RunStarted start(Session session, String location, @Nullable String resumeFrom) {
    boolean remote = location.matches("(?i)(s3|https?|file):.*");
    String absolute = remote ? location : Path.of(location).toAbsolutePath().normalize().toString();
    Spec spec = SpecParser.parse(SpecFiles.read(absolute));
    // a store that cannot be written would suspend the run in its first step
    session.store();
    WorkflowClient client = session.client();
    new StewardCall(session, spec.model()).requireWorker();
    String earlier = resumeFrom == null ? null : RunName.find(client, resumeFrom).runId();
    PipelineRequest request =
        new PipelineRequest(absolute, null, spec.model(), null, Trigger.manual(), earlier, null);
    try {
      return new StewardCall(session, spec.model())
          .update(steward -> steward::start, request, Duration.ofMinutes(2));
    } catch (WorkflowUpdateException e) {
      if (Failures.typeOf(e).filter(FailureType.RUN_IN_PROGRESS::equals).isPresent()) {
        throw new CliFailure(
            ExitCode.FAILED,
            Failures.sentence(e.getCause() == null ? e : e.getCause())
                + "\n  see it: infra/millrace watch "
                + spec.model(),
            e);
      }
      throw e;
    }
  }
}
