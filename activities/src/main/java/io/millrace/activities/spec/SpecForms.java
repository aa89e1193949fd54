package io.millrace.activities.spec;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.workflows.wire.DurationText;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Brings what people write in several ways into the one form the records read. */
final class SpecForms {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final Duration LONGEST = Duration.ofDays(3650);

  /** Durations of at least a millisecond. */
  private static final List<String> DURATIONS =
      List.of(
          "data.expectations.[].freshness",
          "data.forecast.step",
          "data.source.predictions.last",
          "training.checkpoint.every",
          "training.budget.time",
          "training.compute.spot.on-demand-by",
          "gates.[].approval.expires",
          "deployment.target.lambda.timeout",
          "deployment.rollout.shadow.bake",
          "watch.schedule.every",
          "watch.schedule.catch-up",
          "watch.window.last",
          "watch.labels.delay",
          "watch.slo.p50",
          "watch.slo.p95",
          "watch.slo.p99",
          "watch.slo.freshness",
          "retraining.suspend-for",
          "retraining.age",
          "retraining.data.last",
          "retraining.data.reference-plus-last");

  /** Durations that may be zero. */
  private static final List<String> PAUSES =
      List.of(
          "data.source.incremental.late.allow",
          "deployment.rollout.bake",
          "watch.schedule.jitter",
          "retraining.cooldown");

  private static final List<String> SHARES =
      List.of(
          "data.split.test",
          "data.split.validation",
          "data.expectations.[].max-dropped",
          "data.expectations.[].nulls",
          "data.expectations.[].history.change",
          "gates.[].confidence",
          "deployment.rollout.steps.[]",
          "deployment.rollout.shadow.share",
          "watch.drift.share",
          "watch.slo.errors",
          "watch.slo.labels",
          "watch.drift.fdr",
          "watch.drift.attribution");

  private static final List<String> TEXTS =
      List.of("data.positive", "data.favourable", "data.expectations.[].set.[]");

  private SpecForms() {}

  /** Objects lose keys without value. */
  static void dropNulls(JsonNode node) {
    if (node instanceof ObjectNode object) {
      List<String> empty = new ArrayList<>();
      object
          .properties()
          .forEach(
              e -> {
                if (e.getValue().isNull()) {
                  empty.add(e.getKey());
                }
              });
      object.remove(empty);
    }
    node.forEach(SpecForms::dropNulls);
  }

  /** Moves what {@code training.search} says to where the records have it. */
  static void unfoldSearch(ObjectNode spec, List<Problem> problems) {
    if (!(spec.path("training") instanceof ObjectNode training)
        || !(training.path("search") instanceof ObjectNode search)) {
      return;
    }
    for (String key : List.of("objective", "parallel")) {
      JsonNode value = search.path(key);
      if (value.isMissingNode()) {
        continue;
      }
      if (training.has(key) && !training.get(key).equals(value)) {
        problems.add(
            Problem.expected(
                "training.search." + key,
                value,
                "the same as training." + key + ", or one of the two"));
      }
      training.set(key, value);
    }
    search.remove(List.of("objective", "parallel"));
  }

  /**
   * Moves {@code training.compute.spot.interruptions} to where it counts for every kind of node.
   */
  static void unfoldSpot(ObjectNode spec, List<Problem> problems) {
    if (!(spec.path("training").path("compute") instanceof ObjectNode compute)
        || !(compute.path("spot") instanceof ObjectNode spot)
        || !spot.has("interruptions")) {
      return;
    }
    JsonNode value = spot.remove("interruptions");
    if (compute.has("interruptions") && !compute.get("interruptions").equals(value)) {
      problems.add(
          Problem.expected(
              "training.compute.spot.interruptions",
              value,
              "the same as training.compute.interruptions, or one of the two"));
    }
    compute.set("interruptions", value);
  }

  /** Durations to ISO-8601, shares to numbers, labels to text, short forms to whole ones. */
  static void normalise(ObjectNode spec, List<Problem> problems) {
    DURATIONS.forEach(
        pattern -> Places.rewrite(spec, pattern, (path, v) -> duration(path, v, false, problems)));
    PAUSES.forEach(
        pattern -> Places.rewrite(spec, pattern, (path, v) -> duration(path, v, true, problems)));
    Places.rewrite(
        spec,
        "gates.[]",
        (path, gate) -> {
          if (gate instanceof ObjectNode object && object.has("latency") && object.has("ceiling")) {
            JsonNode iso = duration(path + ".ceiling", object.get("ceiling"), false, problems);
            if (iso != null) {
              object.set("ceiling", iso);
            }
          }
          return null;
        });
    Places.rewrite(
        spec,
        "training.compute.spot.zones",
        (path, v) -> v.asText("").equals("any") ? JSON.arrayNode() : null);
    Places.rewrite(spec, "training.compute.memory", (path, v) -> memory(v));
    for (String kind : List.of("lambda", "docker", "ecs", "kubernetes")) {
      Places.rewrite(spec, "deployment.target." + kind + ".memory", (path, v) -> memory(v));
    }
    Places.rewrite(spec, "deployment.scale.per-instance", (path, v) -> perSecond(v));
    Places.rewrite(
        spec,
        "training.compute.spot.gpu-memory",
        (path, v) -> v.isTextual() ? JSON.textNode(v.asText().replaceAll("\\s", "")) : null);
    for (String money :
        List.of(
            "training.budget.cost",
            "watch.slo.cost-per-1000",
            "watch.slo.hourly-cost",
            "retraining.cost-per-month")) {
      Places.rewrite(spec, money, (path, v) -> cost(v));
    }
    Places.rewrite(spec, "watch.slo.throughput", (path, v) -> perSecond(v));
    Places.rewrite(spec, "retraining.debounce", (path, v) -> RetrainingForms.debounce(v));
    spec.path("watch").path("alerts").properties().stream()
        .map(rule -> "watch.alerts." + rule.getKey() + ".after")
        .toList()
        .forEach(after -> Places.rewrite(spec, after, (path, v) -> RetrainingForms.debounce(v)));
    SHARES.forEach(pattern -> Places.rewrite(spec, pattern, (path, v) -> share(v)));
    TEXTS.forEach(
        pattern ->
            Places.rewrite(
                spec, pattern, (path, v) -> v.isValueNode() ? JSON.textNode(v.asText()) : null));
    Places.rewrite(
        spec,
        "watch.notify.[]",
        (path, v) -> v.asText("").equals("log") ? JSON.objectNode().put("log", true) : null);
    Places.rewrite(spec, "watch.drift.columns", (path, v) -> columns(v));
    Places.rewrite(spec, "watch.reference", (path, v) -> reference(v));
  }

  private static @Nullable JsonNode duration(
      String path, JsonNode value, boolean zero, List<Problem> problems) {
    if (!value.isTextual()) {
      return null;
    }
    try {
      Duration duration = DurationText.parse(value.asText());
      if (duration.isNegative()
          || (duration.isZero() && !zero)
          || duration.compareTo(LONGEST) > 0
          || duration.toNanosPart() % 1_000_000 != 0) {
        String least = zero ? "from 0s" : "above 0s";
        problems.add(
            Problem.expected(path, value, "a duration " + least + " up to 3650d, such as 10m"));
        return null;
      }
      return JSON.textNode(duration.toString());
    } catch (IllegalArgumentException | ArithmeticException e) {
      problems.add(Problem.expected(path, value, "a duration such as 30s, 10m, 6h, 3d or PT10M"));
      return null;
    }
  }

  /** {@code 0.5%} is 0.005, exactly. */
  private static @Nullable JsonNode share(JsonNode value) {
    String text = value.asText("").strip();
    if (!value.isTextual() || !text.matches("\\d{1,3}(\\.\\d{1,12})?\\s*%")) {
      return null;
    }
    BigDecimal percent = new BigDecimal(text.substring(0, text.length() - 1).strip());
    return JSON.numberNode(percent.movePointLeft(2).doubleValue());
  }

  /** {@code 2GB} is {@code 2048MB}. */
  private static @Nullable JsonNode memory(JsonNode value) {
    String text = value.asText("").strip();
    if (!text.matches("\\d{1,7}\\s*GB")) {
      return text.matches("\\d{1,7}\\s*MB") ? JSON.textNode(text.replaceAll("\\s", "")) : null;
    }
    long gigabytes = Long.parseLong(text.replaceAll("\\D", ""));
    return JSON.textNode(gigabytes * 1024 + "MB");
  }

  /** {@code 200 rps} is 200. */
  private static @Nullable JsonNode perSecond(JsonNode value) {
    String text = value.asText("").strip();
    return value.isTextual() && text.matches("\\d{1,7}(\\.\\d{1,3})?\\s*rps")
        ? JSON.numberNode(Double.parseDouble(text.replace("rps", "").strip()))
        : null;
  }

  /** {@code 25 USD} is 25. */
  private static @Nullable JsonNode cost(JsonNode value) {
    String text = value.asText("").strip();
    return value.isTextual() && text.matches("\\d{1,9}(\\.\\d{1,6})?\\s*USD")
        ? JSON.numberNode(Double.parseDouble(text.replace("USD", "").strip()))
        : null;
  }

  /** {@code {last: 7d}} is "last 7d", {@code {from: a, to: b}} is "a/b". */
  private static @Nullable JsonNode reference(JsonNode value) {
    if (value.size() == 1 && value.path("last").isTextual()) {
      return JSON.textNode("last " + value.path("last").asText());
    }
    if (value.size() == 1 && value.path("version").isIntegralNumber()) {
      return JSON.textNode("version " + value.path("version").asText());
    }
    return value.size() == 2 && value.path("from").isTextual() && value.path("to").isTextual()
        ? JSON.textNode(value.path("from").asText() + "/" + value.path("to").asText())
        : null;
  }

  private static @Nullable JsonNode columns(JsonNode value) {
    if (!(value instanceof ArrayNode array)) {
      return null;
    }
    List<String> names = new ArrayList<>();
    array.forEach(name -> names.add(name.asText()));
    return JSON.textNode(String.join(",", names));
  }
}
