package io.millrace.infra.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.activities.store.ObjectStore;
import io.millrace.activities.trials.TrialSummary;
import io.millrace.workflows.pool.Costs;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What each trial of a run cost in US dollars: its share of the run's nodes by its time on them.
 * Known once the run has its report; null before, and where nodes cost nothing.
 */
record TrialCosts(@Nullable Costs costs, List<TrialSummary> trials) {
  static TrialCosts of(ObjectStore store, String runId, List<TrialSummary> trials) {
    return new TrialCosts(ofRun(store, runId), trials);
  }

  /** Of all trials together; null when nothing is known. */
  static @Nullable Costs ofRun(ObjectStore store, String runId) {
    return store.get("runs/" + runId + "/report.json").map(TrialCosts::costs).orElse(null);
  }

  /** A report that cannot be read hides no trial. */
  private static @Nullable Costs costs(byte[] report) {
    try {
      JsonNode costs = PayloadJson.mapper().readTree(report).path("costs");
      Costs read = costs.isObject() ? PayloadJson.mapper().treeToValue(costs, Costs.class) : null;
      return read == null || read.total() <= 0 ? null : read;
    } catch (IOException e) {
      return null;
    }
  }

  @Nullable Double of(TrialSummary trial) {
    return costs == null ? null : trial.costOf(costs.total(), trials);
  }

  /** {@code 0.0123}, {@code 1.25}; a dash when it is not known. */
  String word(TrialSummary trial) {
    Double cost = of(trial);
    return cost == null
        ? "-"
        : String.format(Locale.ROOT, cost > 0 && cost < 0.1 ? "%.4f" : "%.2f", cost);
  }

  /** By number of the trial. */
  Map<String, @Nullable Double> byTrial() {
    Map<String, @Nullable Double> all = new LinkedHashMap<>();
    trials.forEach(trial -> all.put(String.valueOf(trial.trial()), of(trial)));
    return all;
  }
}
