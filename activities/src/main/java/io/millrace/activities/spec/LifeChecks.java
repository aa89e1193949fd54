package io.millrace.activities.spec;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.workflows.wire.DurationText;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Combinations of {@code deployment}, {@code watch} and {@code retraining} that cannot be. */
final class LifeChecks {
  private LifeChecks() {}

  static void run(Findings found) {
    TargetChecks.run(found);
    steps(found);
    watch(found);
    AlertChecks.run(found);
    JsonNode on = found.at("retraining.on");
    for (int i = 0; i < on.size(); i++) {
      found.check(
          !on.path(i).asText("").equals("quality") || found.at("watch.labels.floor").isNumber(),
          Places.item("retraining.on", i),
          on.path(i),
          "watch.labels.floor as well: quality is broken below it");
    }
  }

  private static void steps(Findings found) {
    JsonNode steps = found.at("deployment.rollout.steps");
    double before = 0;
    for (int i = 0; i < steps.size(); i++) {
      JsonNode step = steps.path(i);
      if (!step.isNumber()) {
        return;
      }
      found.check(
          step.asDouble() > before,
          Places.item("deployment.rollout.steps", i),
          step,
          "more than the step before: steps ascend to 100%");
      before = step.asDouble();
    }
    found.check(
        steps.isEmpty() || before == 1,
        "deployment.rollout.steps",
        steps,
        "shares of traffic that ascend, the last 100%");
  }

  private static void watch(Findings found) {
    JsonNode window = found.at("watch.window");
    if (window.isObject()) {
      found.oneOf("watch.window", window, List.of("last", "rows"));
    }
    JsonNode rows = window.path("rows");
    JsonNode least = window.path("min-rows");
    found.check(
        !rows.isNumber() || !least.isNumber() || least.asLong() <= rows.asLong(),
        "watch.window.min-rows",
        least,
        "at most rows, which is " + rows);
    reference(found);
    Optional<Duration> every = duration(found.at("watch.schedule.every"));
    Optional<Duration> jitter = duration(found.at("watch.schedule.jitter"));
    found.check(
        every.isEmpty() || jitter.isEmpty() || jitter.get().compareTo(every.get()) < 0,
        "watch.schedule.jitter",
        found.at("watch.schedule.jitter"),
        "less than every");
    found.check(
        every.isEmpty() || every.get().compareTo(Duration.ofSeconds(1)) >= 0,
        "watch.schedule.every",
        found.at("watch.schedule.every"),
        "at least 1s");
    JsonNode labels = found.at("watch.labels");
    JsonNode metric = labels.path("metric");
    found.check(
        !TaskMetrics.beside(metric.asText("")),
        "watch.labels.metric",
        metric,
        "a metric that answers and labels alone can tell, such as "
            + TaskMetrics.objective(found.text("task")));
    if (TrainingChecks.fits(found, "watch.labels.metric", metric) && labels.has("floor")) {
      found.check(
          !TaskMetrics.lessIsBetter(metric.asText("")),
          "watch.labels.metric",
          metric,
          "a metric of which more is better, because there is a floor");
      TrainingChecks.range(found, "watch.labels.floor", labels.path("floor"), metric.asText(""));
    }
    JsonNode receivers = found.at("watch.notify");
    for (int i = 0; i < receivers.size(); i++) {
      JsonNode receiver = receivers.path(i);
      String path = Places.item("watch.notify", i);
      if (receiver.isObject()) {
        found.oneOf(path, receiver, List.of("webhook", "log"));
        found.check(
            !receiver.has("hmac") || receiver.has("webhook"),
            path + ".hmac",
            receiver.path("hmac"),
            "a webhook that it signs");
      }
    }
  }

  /** What the schema's pattern lets pass and no calendar has. */
  private static void reference(Findings found) {
    JsonNode reference = found.at("watch.reference");
    String text = reference.asText("");
    boolean sound = reference.isTextual();
    try {
      if (text.startsWith("last ")) {
        sound = DurationText.parse(text.substring(5)).isPositive();
      } else if (text.contains("/")) {
        String[] ends = text.split("/", 2);
        sound = Instant.parse(ends[0]).isBefore(Instant.parse(ends[1]));
      }
    } catch (DateTimeException | IllegalArgumentException e) {
      sound = false;
    }
    found.check(
        sound,
        "watch.reference",
        reference,
        "training, {version: 3}, same-weekday, {last: 7d}, or from and to, the first before the"
            + " second");
  }

  private static Optional<Duration> duration(JsonNode value) {
    try {
      return value.isTextual() ? Optional.of(DurationText.parse(value.asText())) : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
