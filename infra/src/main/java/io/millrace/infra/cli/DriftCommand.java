package io.millrace.infra.cli;

import io.millrace.activities.query.QueryEngine;
import io.millrace.activities.watch.DriftBackfill;
import io.millrace.activities.watch.StandingVerdicts;
import io.millrace.infra.worker.Wiring;
import io.millrace.workflows.drift.DriftCheck;
import io.millrace.workflows.drift.DriftCheck.DriftCheckRequest;
import io.millrace.workflows.drift.DriftSummary;
import io.millrace.workflows.options.TaskQueues;
import io.millrace.workflows.options.WorkflowIds;
import io.millrace.workflows.port.watch.WatchActivities.DriftReport;
import io.millrace.workflows.port.watch.WatchActivities.State;
import io.millrace.workflows.port.watch.WatchActivities.WindowReport;
import io.millrace.workflows.steward.StewardState;
import io.temporal.api.enums.v1.WorkflowIdConflictPolicy;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowOptions;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "drift",
    description = "Print the last drift check of a model, and the verdicts that stand.")
final class DriftCommand extends CliCommand {
  @Parameters(paramLabel = "NAME", description = "The model.")
  String model = "";

  @Option(names = "--now", description = "Check now, and print what it finds.")
  boolean now;

  @Option(
      names = "--from",
      paramLabel = "TIME",
      description =
          "With --to: look at each moment after this at which the schedule would have checked."
              + " Alerts nobody, trains nothing; what was looked at before is not looked at again.")
  @Nullable String from;

  @Option(names = "--to", paramLabel = "TIME", description = "The last moment of --from.")
  @Nullable String to;

  @Override
  public Integer call() {
    if (from != null || to != null) {
      if (now || from == null || to == null) {
        throw CliFailure.bad("--from and --to: one of them (expected: both, and not --now)");
      }
      return backfill(MuteCommand.time("--from", from), MuteCommand.time("--to", to));
    }
    if (now) {
      DriftReport report = check();
      result(report, text(report));
      return ExitCode.OK;
    }
    StewardState steward = RunName.steward(session().client(), model).status();
    DriftSummary last = steward.lastDrift();
    StandingVerdicts verdicts = StandingVerdicts.of(session().store(), model);
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("model", model);
    object.put("last", last);
    object.put("verdict", verdicts.drift());
    object.put("quality", verdicts.quality());
    object.put("waitsFor", steward.waitsFor());
    result(
        object,
        (last == null
                ? model + ": no drift check yet (--now makes one)"
                : "%s at %s: %s. %s".formatted(model, last.at(), last.state(), last.sentence()))
            + standing(verdicts, last)
            + "\n  waits for "
            + steward.waitsFor());
    return ExitCode.OK;
  }

  /** What earlier checks found and the last one took nothing back of, and where the page is. */
  private String standing(StandingVerdicts verdicts, @Nullable DriftSummary last) {
    StringBuilder text = new StringBuilder();
    StandingVerdicts.Drift drift = verdicts.drift();
    StandingVerdicts.Quality quality = verdicts.quality();
    if (drift != null && (last == null || !drift.at().equals(last.at()))) {
      text.append(
          "\n  last verdict, at %s: %s. %s".formatted(drift.at(), drift.state(), drift.sentence()));
    }
    if (quality != null && (last == null || !quality.at().equals(last.at()))) {
      text.append(
          "\n  last labels, at %s: %s %.4g%s"
              .formatted(
                  quality.at(),
                  quality.realised().name(),
                  quality.realised().value(),
                  quality.broken() ? ", below the floor" : ""));
    }
    if (drift != null && drift.reportKey() != null) {
      text.append("\n  report  ").append(session().store().location(drift.reportKey()));
    }
    return text.toString();
  }

  private int backfill(Instant first, Instant last) {
    List<DriftBackfill.Look> looks;
    try (QueryEngine engine = Wiring.engine(session().config(), session().store())) {
      looks =
          new DriftBackfill(
                  session().store(), session().config().scratch(), InstantSource.system(), engine)
              .run(model, first, last, look -> progress(line(look)));
    }
    long made = looks.stream().filter(DriftBackfill.Look::made).count();
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("model", model);
    object.put("made", made);
    object.put("looks", looks);
    result(
        object,
        "%s: %d windows looked at, %d of them had been before; %d drifted"
            .formatted(
                model,
                looks.size(),
                looks.size() - made,
                looks.stream().filter(l -> l.report().state() == State.DRIFTED).count()));
    return ExitCode.OK;
  }

  private static String line(DriftBackfill.Look look) {
    return look.at()
        + (look.made() ? ": " : " (known): ")
        + look.report().state()
        + look.report().windows().stream()
            .map(window -> ". " + window.sentence())
            .collect(Collectors.joining());
  }

  private DriftReport check() {
    WorkflowClient client = session().client();
    RunName.steward(client, model).status();
    DriftCheck check =
        client.newWorkflowStub(
            DriftCheck.class,
            WorkflowOptions.newBuilder()
                .setWorkflowId(WorkflowIds.driftCheck(model))
                .setTaskQueue(TaskQueues.PIPELINE)
                .setWorkflowIdConflictPolicy(
                    WorkflowIdConflictPolicy.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING)
                .build());
    return check.run(new DriftCheckRequest(model, null));
  }

  private String text(DriftReport report) {
    StringBuilder text = new StringBuilder(model + ": " + report.state());
    for (WindowReport window : report.windows()) {
      text.append(
          "\n  rows %d to %d: %s"
              .formatted(
                  window.firstRow(), window.firstRow() + window.rows() - 1, window.sentence()));
      window.multivariate().forEach(said -> text.append("\n    ").append(said.sentence()));
      window.estimates().forEach(said -> text.append("\n    ").append(said.sentence()));
    }
    if (report.windows().isEmpty()) {
      text.append("\n  no complete window since the last check");
    }
    if (report.reportKey() != null) {
      text.append("\n  report  ").append(session().store().location(report.reportKey()));
    }
    return text.toString();
  }
}
