package io.millrace.infra.cli;

import io.millrace.activities.watch.alert.AlertLog;
import io.millrace.activities.watch.alert.AlertState;
import io.millrace.activities.watch.alert.AlertState.Alert;
import io.millrace.activities.watch.alert.AlertState.Level;
import io.millrace.activities.watch.alert.AlertState.Mute;
import io.millrace.activities.watch.alert.MuteTimes;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "alerts",
    description = "Print a model's open alerts and what was measured for watch.slo; mute some.",
    subcommands = {MuteCommand.class, UnmuteCommand.class})
final class AlertsCommand extends CliCommand {
  @Parameters(paramLabel = "NAME", arity = "0..1", description = "The model.")
  @Nullable String model;

  @Option(names = "--all", description = "The last alerts that are over as well.")
  boolean all;

  @Override
  public Integer call() {
    if (model == null) {
      throw CliFailure.bad("NAME: nothing (expected: the model, or mute or unmute)");
    }
    AlertState state = new AlertLog(session().store(), model).head();
    List<Alert> open = state.alerts().stream().filter(alert -> alert.recovered() == null).toList();
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("model", model);
    object.put("open", open);
    object.put("levels", state.levels());
    object.put("mutes", state.mutes());
    object.put("recurring", state.recurring());
    if (all) {
      object.put("over", state.over());
    }
    result(object, text(model, state, open));
    return ExitCode.OK;
  }

  private String text(String of, AlertState state, List<Alert> open) {
    StringBuilder text = new StringBuilder(of);
    text.append(open.isEmpty() ? ": no alert is open" : ": " + open.size() + " open");
    open.forEach(alert -> text.append(line(alert)));
    for (Level level : state.levels()) {
      String mark = level.met() == null ? "-" : level.met() ? "kept" : "NOT KEPT";
      text.append("\n  %-8s %s".formatted(mark, level.sentence()));
    }
    for (Mute mute : state.mutes()) {
      text.append(
          "\n  %s: %s muted until %s by %s: %s"
              .formatted(
                  mute.id(),
                  mute.rule() == null ? "all" : mute.rule(),
                  mute.to(),
                  mute.who(),
                  mute.reason()));
    }
    state.recurring().forEach(mute -> text.append("\n  spec: ").append(MuteTimes.sentence(mute)));
    if (all && !state.over().isEmpty()) {
      text.append("\n  over:");
      state.over().forEach(alert -> text.append(line(alert)));
    }
    return text.toString();
  }

  private static String line(Alert alert) {
    return "\n  %s [%s] %s%s since %s%s: %s"
        .formatted(
            alert.id(),
            alert.severity(),
            alert.rule(),
            alert.subject().isEmpty() ? "" : " of " + alert.subject(),
            alert.since().truncatedTo(ChronoUnit.SECONDS),
            alert.recovered() == null
                ? ""
                : " until " + alert.recovered().truncatedTo(ChronoUnit.SECONDS),
            alert.sentence());
  }
}
