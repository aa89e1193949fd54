package io.millrace.infra.cli;

import io.millrace.infra.local.EmbeddedServices;
import io.millrace.infra.local.LocalServices;
import io.millrace.workflows.pipeline.PipelineStatus;
import io.millrace.workflows.steward.ModelSteward.RunStarted;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "quickstart",
    description =
        "From nothing to a live endpoint: starts what is needed and runs the credit example.")
final class QuickstartCommand extends CliCommand {
  @Option(
      names = "--embedded",
      description = "On an in-memory server in this process: no UI, no schedules, nothing durable.")
  boolean embedded;

  @Option(
      names = "--spot",
      description =
          "Train on a spot market played on this machine, which takes nodes back meanwhile; needs"
              + " Docker.")
  boolean spot;

  @Option(
      names = "--emulator",
      paramLabel = "URL",
      description = "With --spot: a LocalStack that runs, instead of one in Docker.")
  @Nullable URI emulator;

  @Option(
      names = "--image",
      paramLabel = "IMAGE",
      description = "With --spot: the LocalStack to start.",
      defaultValue = "${env:MILLRACE_LOCALSTACK_IMAGE:-}")
  String image = "";

  @Override
  public Integer call() throws InterruptedException {
    if (spot && embedded) {
      throw CliFailure.bad("--spot, --embedded: both (expected: one of the two)");
    }
    if (spot) {
      SpotSummary shown =
          new SpotQuickstart(session().config(), console(), this::progress)
              .run(emulator, image.isBlank() ? null : image);
      result(shown.json(), shown.text());
      return shown.exitCode();
    }
    if (emulator != null) {
      throw CliFailure.bad("--emulator: " + emulator + " (expected: with --spot)");
    }
    Instant begun = Instant.now();
    session().store();
    if (!embedded) {
      new LocalServices(session().config(), session().config().temporal().cli()).up(this::progress);
      return run(session(), begun);
    }
    progress(
        "embedded: no Temporal UI, no schedules (no drift checks by themselves), and a run does not"
            + " survive this process");
    try (EmbeddedServices services = EmbeddedServices.start(session().config());
        Session inside = new Session(session().config(), session().store(), services.client())) {
      return run(inside, begun);
    }
  }

  private int run(Session with, Instant begun) throws InterruptedException {
    Path spec = with.config().root().resolve("infra/examples/credit/pipeline.yaml");
    progress("running " + spec);
    RunStarted started = RunCommand.start(with, spec.toString(), null);
    progress(started.runId() + (embedded ? "" : "  " + with.uiLink(started.workflowId())));
    PipelineStatus status =
        new RunWatcher(with.client(), console(), started.runId(), started.workflowId())
            .follow(false);
    RunResult end = new RunResult(with, status, started.workflowId());
    Map<String, Object> object = new LinkedHashMap<>(end.json());
    double seconds = Duration.between(begun, Instant.now()).toMillis() / 1000.0;
    object.put("seconds", seconds);
    StringBuilder text = new StringBuilder(end.text());
    if (embedded) {
      object.remove("ui");
      int ui = text.indexOf("\n  ui ");
      if (ui >= 0) {
        int next = text.indexOf("\n", ui + 1);
        text.delete(ui, next < 0 ? text.length() : next);
      }
    }
    if (end.exitCode() == ExitCode.OK) {
      text.append("\n\nAsk it:\n  infra/millrace predict credit-default --input ")
          .append(with.config().root().resolve("infra/examples/credit/rows.json"))
          .append(
              embedded
                  ? "\nThe endpoint lives on, unwatched, until: infra/millrace down\nOn a real"
                      + " server it is watched: infra/millrace up"
                  : "")
          .append("\nThen see it watched, drift and heal by itself:\n  infra/millrace run ")
          .append(with.config().root().resolve("infra/examples/car-loan/pipeline.yaml"));
    }
    text.append("\nfrom nothing to here: ").append(Math.round(seconds)).append(" s");
    result(object, text.toString());
    return end.exitCode();
  }
}
