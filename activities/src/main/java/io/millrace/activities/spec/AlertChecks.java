package io.millrace.activities.spec;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneId;
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
    JsonNode mutes = found.at("watch.mutes");
    for (int i = 0; i < mutes.size(); i++) {
      mute(found, Places.item("watch.mutes", i), mutes.path(i));
    }
    debounce(found, "retraining.debounce", found.at("retraining.debounce"));
    retraining(found, found.at("retraining"));
  }

  private static void mute(Findings found, String path, JsonNode mute) {
    String from = mute.path("from").asText("00:00");
    String to = mute.path("to").asText("24:00");
    found.check(!from.equals(to), path + ".to", mute.path("to"), "another time than from");
    boolean always =
        (from.equals("00:00") && to.equals("24:00"))
            && (!mute.has("days") || mute.path("days").size() == 7);
    found.check(
        !always || !mute.isObject(),
        path,
        mute,
        "days or a time of the day; alerts: {drift: {off: true}} is for what is never told");
    JsonNode zone = mute.path("zone");
    found.check(
        !zone.isTextual() || zone(zone.asText()),
        path + ".zone",
        zone,
        "a time zone such as Europe/Berlin");
  }

  private static boolean zone(String text) {
    try {
      ZoneId.of(text);
      return true;
    } catch (DateTimeException e) {
      return false;
    }
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
    long given =
        List.of("reference-plus-last", "since", "last", "rows").stream().filter(data::has).count();
    found.check(
        given <= 1,
        "retraining.data",
        data,
        "at most one of reference-plus-last, since, last, rows");
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
