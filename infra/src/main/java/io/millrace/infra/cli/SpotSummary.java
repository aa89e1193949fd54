package io.millrace.infra.cli;

import io.millrace.activities.store.ObjectStore;
import io.millrace.activities.trials.TrialRecord;
import io.millrace.activities.trials.Trials;
import io.millrace.infra.market.SpotMarket.Event;
import io.millrace.infra.market.SpotMarket.What;
import io.millrace.workflows.pool.Costs;
import io.millrace.workflows.port.train.TrainActivities.TrialResult;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What happened on the market, what it cost, and what was lost.
 *
 * @param text for a person
 */
record SpotSummary(int exitCode, Map<String, Object> json, String text) {
  /**
   * @param answered rows that the endpoint answered; null when it was not asked
   * @param report file; null for none
   */
  static SpotSummary of(
      ObjectStore store,
      String runId,
      RunResult end,
      List<Event> events,
      @Nullable Integer answered,
      @Nullable Path report,
      Path home,
      Duration took) {
    List<TrialRecord> trials = new Trials(store).of(runId);
    long repeated = trials.stream().mapToLong(TrialRecord::repeated).sum();
    long steps =
        trials.stream()
            .map(TrialRecord::result)
            .filter(Objects::nonNull)
            .mapToLong(TrialResult::steps)
            .sum();
    Costs costs = TrialCosts.ofRun(store, runId);
    long noticed = count(events, What.NOTICED);
    long killed = count(events, What.KILLED);

    Map<String, Object> json = new LinkedHashMap<>(end.json());
    // they have ended
    json.remove("ui");
    json.remove("endpoint");
    json.put("report", report == null ? null : report.toString());
    json.put("answered", answered);
    json.put("nodes", count(events, What.STARTED));
    json.put("interruptions", Map.of("withNotice", noticed, "withoutNotice", killed));
    json.put("steps", steps);
    json.put("stepsRepeated", repeated);
    json.put("costs", costs);
    json.put("events", events);
    json.put("seconds", took.toMillis() / 1000.0);

    StringBuilder text = new StringBuilder();
    text.append(runId).append(": ").append(json.getOrDefault("outcome", "waiting"));
    if (json.get("sentence") != null) {
      text.append("\n  ").append(json.get("sentence"));
    }
    text.append("\n\nWhat the market did:");
    story(text, events);
    text.append("\n\nWhat that cost:");
    line(text, "interruptions", "%d with notice, %d without".formatted(noticed, killed));
    line(
        text,
        "training",
        steps == 0
            ? "no trial finished"
            : String.format(
                Locale.ROOT,
                "%,d steps, %,d of them done twice (%.1f %%)",
                steps,
                repeated,
                100.0 * repeated / steps));
    money(text, costs);
    if (answered != null) {
      line(text, "endpoint", "live; answered " + answered + " rows of infra/examples/credit");
    }
    text.append("\n\nAll of it has ended again: instances, LocalStack if it was started here,");
    text.append(" worker, server, endpoint.\nKept in ").append(home);
    text.append(report == null ? ": " : ": report.html, ").append("pipeline.yaml, logs, machines.");
    text.append(
        "\nThe same on AWS: infra/docs/aws.md. The example alone: infra/millrace quickstart");
    text.append("\nfrom nothing to here: ").append(took.toSeconds()).append(" s");
    return new SpotSummary(end.exitCode(), json, text.toString());
  }

  private static void money(StringBuilder text, @Nullable Costs costs) {
    if (costs == null) {
      return;
    }
    double onDemand = costs.total() + costs.saved();
    line(
        text,
        "nodes",
        String.format(
            Locale.ROOT,
            "%.4f USD on spot; %.4f USD on demand: %.0f %% saved (the market's own prices)",
            costs.total(),
            onDemand,
            onDemand > 0 ? 100 * costs.saved() / onDemand : 0));
    line(
        text,
        "lost",
        String.format(
            Locale.ROOT,
            "at most %.0f s of work, %.4f USD, to the node that went without notice",
            costs.lostSeconds(),
            costs.lost()));
  }

  private static void story(StringBuilder text, List<Event> events) {
    Instant first = events.isEmpty() ? Instant.EPOCH : events.getFirst().at();
    for (Event event : events) {
      String what = sentence(event);
      if (!what.isEmpty()) {
        text.append(
            "%n  %4d s  %s".formatted(Duration.between(first, event.at()).toSeconds(), what));
      }
    }
  }

  private static String sentence(Event event) {
    String node = "node " + event.key().substring(event.key().lastIndexOf('-') + 1);
    return switch (event.what()) {
      case ORDERED -> "a node is ordered";
      case STARTED -> node + " starts: " + event.instance() + ", " + event.detail();
      case AT_WORK -> node + " trains the net";
      case NOTICED -> node + " is given notice, it " + event.detail().replace("PT30S", "30 s");
      case REBALANCED -> node + " is told that it may be taken";
      case KILLED -> node + " is gone, " + event.detail();
      case LEFT ->
          node
              + switch (event.detail()) {
                case "exit 0" -> " has left in time, its work kept";
                // by its pool
                case "exit 143" -> " is ended: nothing is left to train";
                default -> " has left, " + event.detail();
              };
      case OUTAGE -> "EC2 does not say who is there, for " + event.detail();
      case TERMINATED -> "";
    };
  }

  private static long count(List<Event> events, What what) {
    return events.stream().filter(event -> event.what() == what).count();
  }

  private static void line(StringBuilder text, String name, String value) {
    text.append("%n  %-14s %s".formatted(name, value));
  }
}
