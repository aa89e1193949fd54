package io.millrace.infra.cli;

import io.millrace.activities.trials.TrialAttempt;
import io.millrace.activities.trials.TrialRecord;
import io.millrace.activities.trials.TrialSummary;
import io.millrace.activities.trials.Trials;
import io.millrace.workflows.ref.Checks;
import io.millrace.workflows.ref.Metric;
import java.time.Duration;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(name = "trials", description = "List the trials of a run, or tell everything of one.")
final class TrialsCommand extends CliCommand {
  @Parameters(
      index = "0",
      paramLabel = "RUN",
      description = "Such as car-loan-3, or a model for its last run.")
  String run = "";

  @Parameters(index = "1", arity = "0..1", paramLabel = "N", description = "A trial's number.")
  @Nullable Integer number;

  @Override
  public Integer call() {
    String runId = RunName.inStore(session(), run, this::exists);
    List<TrialRecord> records = new Trials(session().store()).of(runId);
    if (records.isEmpty()) {
      throw CliFailure.bad("RUN: " + run + " (expected: a run that has begun to train)");
    }
    if (number == null) {
      all(runId, records);
    } else {
      one(runId, records, number);
    }
    return ExitCode.OK;
  }

  private boolean exists(String runId) {
    return !session().store().list("runs/" + Checks.name("RUN", runId) + "/trials/").isEmpty();
  }

  private void all(String runId, List<TrialRecord> records) {
    boolean most = records.getFirst().request().objective().maximise();
    Comparator<Double> better = most ? Comparator.reverseOrder() : Comparator.naturalOrder();
    List<TrialSummary> trials =
        records.stream()
            .map(TrialSummary::of)
            .sorted(
                Comparator.comparing(TrialSummary::value, Comparator.nullsLast(better))
                    .thenComparing(TrialSummary::trial))
            .toList();
    TrialCosts costs = TrialCosts.of(session().store(), runId, trials);
    StringBuilder text = new StringBuilder();
    text.append(
        "%s: %d trial%s, the best first%n"
            .formatted(runId, trials.size(), trials.size() == 1 ? "" : "s"));
    text.append(
        "%5s  %-14s %-12s %10s %9s %10s %8s %8s %8s  %s%n"
            .formatted(
                "trial",
                "family",
                "state",
                trials.getFirst().metric(),
                "epochs",
                "worked",
                "attempts",
                "repeated",
                "USD",
                "parameters"));
    for (TrialSummary trial : trials) {
      text.append(
          "%5d  %-14s %-12s %10s %9s %10s %8d %8d %8s  %s%n"
              .formatted(
                  trial.trial(),
                  trial.family(),
                  trial.state(),
                  value(trial.value()),
                  epochs(trial),
                  Bars.time(Duration.ofMillis(Math.round(trial.seconds() * 1000))),
                  trial.attempts().size(),
                  trial.repeated(),
                  costs.word(trial),
                  trial.words()));
    }
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("run", runId);
    object.put("trials", trials);
    object.put("costs", costs.costs());
    object.put("costByTrial", costs.byTrial());
    result(object, text.toString().stripTrailing());
  }

  private void one(String runId, List<TrialRecord> records, int wanted) {
    // of a patched spec the newer trial of a number
    TrialRecord record =
        records.stream()
            .filter(each -> each.trial() == wanted)
            .reduce((older, newer) -> newer)
            .orElseThrow(
                () ->
                    CliFailure.bad(
                        "N: "
                            + wanted
                            + " (expected: one of "
                            + records.stream().map(TrialRecord::trial).distinct().toList()
                            + ")"));
    TrialSummary trial = TrialSummary.of(record);
    List<TrialAttempt.Point> curve = record.curve();
    StringBuilder text = new StringBuilder();
    text.append("%s, trial %d: %s%n".formatted(runId, trial.trial(), trial.state()));
    text.append("  candidate   %s %s%n".formatted(trial.family(), trial.words()).stripTrailing());
    text.append("%n  seed        %d".formatted(trial.seed()));
    text.append("%n  %-11s %s".formatted(trial.metric(), value(trial.value())));
    String others =
        trial.metrics().stream()
            .filter(metric -> !metric.name().equals(trial.metric()))
            .map((Metric metric) -> metric.name() + " " + Bars.metric(metric.value()))
            .collect(Collectors.joining(", "));
    text.append(others.isEmpty() ? "" : "  (" + others + ")");
    text.append("%n  epochs      %s".formatted(epochs(trial)));
    TrialCosts costs =
        TrialCosts.of(session().store(), runId, records.stream().map(TrialSummary::of).toList());
    if (costs.costs() != null) {
      text.append("%n  cost        %s USD".formatted(costs.word(trial)));
    }
    if (trial.model() != null) {
      text.append("%n  package     %s".formatted(session().store().location(trial.model())));
    }
    for (TrialSummary.Attempt attempt : trial.attempts()) {
      text.append("%n  attempt     %s".formatted(attempt(attempt)));
    }
    if (!curve.isEmpty()) {
      text.append("%n%n  epoch  %10s  %10s".formatted(trial.metric(), "loss"));
      curve.forEach(
          point ->
              text.append(
                  "%n  %5d  %10s  %10s"
                      .formatted(point.epoch(), value(point.objective()), value(point.loss()))));
    }
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("run", runId);
    object.put("trial", trial);
    object.put("cost", costs.of(trial));
    object.put("curve", curve);
    result(object, text.toString());
  }

  private static String attempt(TrialSummary.Attempt attempt) {
    StringBuilder text = new StringBuilder();
    text.append(attempt.started()).append(" on ").append(attempt.node());
    if (attempt.from() != null) {
      text.append(", from step ").append(attempt.from());
    }
    if (attempt.repeated() != null && attempt.repeated() > 0) {
      text.append(" (").append(attempt.repeated()).append(" steps again)");
    }
    text.append(": ").append(attempt.how());
    if (attempt.seconds() != null) {
      text.append(" after ");
      text.append(Bars.time(Duration.ofMillis(Math.round(attempt.seconds() * 1000))));
    }
    if (attempt.reason() != null) {
      text.append(", ").append(attempt.reason());
    }
    return text.toString();
  }

  private static String value(@Nullable Double value) {
    return value == null ? "-" : Bars.metric(value);
  }

  private static String epochs(TrialSummary trial) {
    if (trial.epochs() == null) {
      return "-";
    }
    return trial.bestEpoch() == null
        ? String.valueOf(trial.epochs())
        : trial.bestEpoch() + " of " + trial.epochs();
  }
}
