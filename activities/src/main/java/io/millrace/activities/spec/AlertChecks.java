package io.millrace.activities.spec;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;

/** Combinations of objectives, alert rules and the retraining policy that cannot be. */
final class AlertChecks {
  private AlertChecks() {}

  static void run(Findings found) {
    JsonNode slo = found.at("watch.slo");
    found.check(
        !slo.has("labels") || found.at("watch.labels").isObject(),
        "watch.slo.labels",
        slo.path("labels"),
        "watch.labels as well: without them no label is looked for");
    found.check(
        slo.has("cost-per-1000") == slo.has("hourly-cost"),
        slo.has("cost-per-1000") ? "watch.slo.hourly-cost" : "watch.slo.cost-per-1000",
        slo.path(slo.has("cost-per-1000") ? "hourly-cost" : "cost-per-1000"),
        "both of cost-per-1000 and hourly-cost, or neither");
    found
        .at("watch.alerts")
        .properties()
        .forEach(
            rule ->
                debounce(
                    found,
                    "watch.alerts." + rule.getKey() + ".after",
                    rule.getValue().path("after")));
    debounce(found, "retraining.debounce", found.at("retraining.debounce"));
    retraining(found, found.at("retraining"));
  }

  private static void debounce(Findings found, String path, JsonNode value) {
    JsonNode hits = value.path("hits");
    JsonNode of = value.path("of");
    found.check(
        !hits.isIntegralNumber()
            || !of.isIntegralNumber()
            || (hits.asInt() >= 1 && hits.asInt() <= of.asInt() && of.asInt() <= 50),
        path,
        value,
        "n of m checks, 1 <= n <= m <= 50");
  }

  private static void retraining(Findings found, JsonNode retraining) {
    for (String key : List.of("age", "rows")) {
      boolean named = false;
      for (JsonNode cause : retraining.path("on")) {
        named |= cause.asText("").equals(key);
      }
      found.check(
          named == retraining.has(key),
          "retraining." + key,
          retraining.path(key),
          named
              ? "a value as well: retraining.on names " + key
              : "no such key, or " + key + " in retraining.on");
    }
    JsonNode data = retraining.path("data");
    long given = List.of("reference-plus-last", "since", "last").stream().filter(data::has).count();
    found.check(
        given <= 1, "retraining.data", data, "at most one of reference-plus-last, since, last");
    JsonNode since = data.path("since");
    found.check(
        !since.isTextual() || instant(since.asText()),
        "retraining.data.since",
        since,
        "a time such as 2026-03-01T00:00:00Z");
  }

  private static boolean instant(String text) {
    try {
      Instant.parse(text);
      return true;
    } catch (DateTimeException e) {
      return false;
    }
  }
}
