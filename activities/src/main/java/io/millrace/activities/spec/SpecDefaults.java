package io.millrace.activities.spec;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.workflows.wire.DurationText;
import io.millrace.workflows.wire.PayloadJson;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * Every default of the spec, in one place. What depends on other keys is in {@link #fill}: the
 * objective (by task), the candidates of a task that has a family of its own, the search (its
 * method by what candidates leave open), the gates (not worse than the champion), the split of a
 * regression (random) and of a forecast (time), the jitter (a twelfth of {@code every}), the window
 * (24h unless {@code rows} is given) and the causes of a retraining (quality only with a floor to
 * break).
 */
public final class SpecDefaults {
  /** Of keys that stand at one place. */
  public static final JsonNode FIXED =
      json(
          """
          {"task": "binary",
           "data": {
             "exclude": [], "columns": {}, "derive": {}, "expectations": [],
             "split": {"kind": "stratified", "test": 0.2, "validation": 0.1, "seed": 7},
             "privacy": {"detect": "all", "on-find": "mask", "columns": {}}},
           "training": {
             "seed": 7,
             "candidates": [{"family": "linear"}, {"family": "mlp", "hidden": [64, 32]}],
             "search": {"reduction": 3},
             "max-epochs": 50, "patience": 5, "batch-size": 256, "threads": 1, "parallel": 2,
             "checkpoint": {"every": "30s", "keep": 3},
             "compute": {"kind": "local", "interruptions": 10, "stalled-after": 10},
             "budget": {"time": "8h"}},
           "deployment": {
             "target": {"local": {"port": 0}},
             "rollout": {
               "steps": ["10%", "50%", "100%"], "bake": "10m", "min-requests": 500,
               "rollback-on": ["errors", "latency", "score-shift"]}},
           "watch": {
             "schedule": {"every": "1h", "catch-up": "1d"},
             "reference": "training",
             "window": {"min-rows": 500},
             "drift": {"profile": "evidently", "columns": "all", "share": "30%",
                       "effect": 0.1, "fdr": 0.05, "multivariate": false},
             "notify": ["log"]},
           "retraining": {"cooldown": "1d", "per-month": 8, "suspend-for": "7d"}}
          """);

  /** Of items of lists, by the schema's name of the item. */
  public static final JsonNode ITEMS =
      json(
          """
          {"forecast": {"horizon": 1, "calendar": true},
           "image": {"channels": 1, "fit": "refuse"},
           "expectation": {"on-break": "block", "max-dropped": 0.05},
           "target-lambda": {"memory": "1024MB", "timeout": "10s", "form": "zip",
                             "provisioned": 0, "snap-start": "measured", "auth": "iam"},
           "target-docker": {"port": 0, "host": "127.0.0.1", "memory": "512MB", "cpus": 1},
           "target-ecs": {"cluster": "default", "launch": "fargate", "memory": "1024MB",
                          "cpus": 0.5, "subnets": [], "security-groups": []},
           "target-kubernetes": {"namespace": "default", "memory": "512MB", "cpus": 0.5},
           "shadow": {"share": "10%", "bake": "10m"},
           "scale": {"min": 1},
           "gate-metric": {"severity": "block"},
           "gate-champion": {"margin": 0.01, "confidence": 0.95, "severity": "block"},
           "gate-slice": {"min-rows": 100, "severity": "block"},
           "gate-latency": {"on": "target", "severity": "block"},
           "gate-approval": {
             "approval": {"role": "approver", "quorum": 1, "expires": "3d"},
             "severity": "block"}}
          """);

  /** By task; others are stratified. */
  private static final Map<String, String> SPLITS =
      Map.of("regression", "random", "forecast", "time");

  /** What is tried beside {@code linear}, by task. */
  private static final Map<String, String> OWN_FAMILIES =
      Map.of("forecast", "forecaster", "recommend", "recommender", "image", "cnn");

  private static final String WINDOW = "24h";
  private static final String RECENT = "180d";
  private static final int JITTERS = 12;
  private static final int TRIALS = 30;

  private SpecDefaults() {}

  /** Fills what is absent; values of the wrong kind are left as they are. */
  static void fill(ObjectNode spec) {
    String task = spec.path("task").asText();
    boolean free = spec.path("data").path("split").path("kind").isMissingNode();
    boolean untried = spec.path("training").path("candidates").isMissingNode();
    merge(spec, FIXED);
    if (free
        && SPLITS.containsKey(task)
        && spec.path("data").path("split") instanceof ObjectNode split) {
      split.put("kind", SPLITS.get(task));
    }
    if (untried
        && OWN_FAMILIES.containsKey(task)
        && spec.path("training") instanceof ObjectNode training) {
      ArrayNode candidates = training.putArray("candidates");
      candidates.addObject().put("family", "linear");
      candidates.addObject().put("family", OWN_FAMILIES.get(task));
    }
    task = spec.path("task").asText();
    blocks(spec.path("data"));
    if (spec.path("training") instanceof ObjectNode training) {
      objective(training, task);
      search(training);
    }
    gates(spec, task);
    each(spec.path("data").path("expectations"), "expectation");
    deployment(spec.path("deployment"));
    if (spec.path("watch") instanceof ObjectNode watch) {
      watch(watch, task);
    }
    if (spec.path("retraining") instanceof ObjectNode retraining) {
      retraining(retraining, task, spec.path("watch").path("labels").path("floor").isNumber());
    }
  }

  private static void objective(ObjectNode training, String task) {
    if (!training.has("objective")) {
      ObjectNode objective = training.putObject("objective");
      objective.put("metric", TaskMetrics.objective(task));
    }
    if (training.path("objective") instanceof ObjectNode objective && !objective.has("goal")) {
      objective.put("goal", TaskMetrics.goal(objective.path("metric").asText()));
    }
  }

  private static void search(ObjectNode training) {
    if (!(training.path("search") instanceof ObjectNode search)) {
      return;
    }
    if (!search.has("method")) {
      boolean open = false;
      for (JsonNode candidate : training.path("candidates")) {
        open |= candidate.has("search");
      }
      search.put("method", open ? "tpe" : "none");
    }
    if (!search.has("trials")
        && List.of("random", "tpe", "asha").contains(search.path("method").asText())) {
      search.put("trials", TRIALS);
    }
    if (!search.has("min-epochs")) {
      int reduction = Math.max(1, search.path("reduction").asInt(1));
      int epochs = training.path("max-epochs").asInt(1);
      search.put("min-epochs", Math.max(1, epochs / reduction / reduction));
    }
  }

  private static void gates(ObjectNode spec, String task) {
    if (!spec.has("gates")) {
      spec.putArray("gates").addObject().put("champion", "non-inferior");
    }
    if (!(spec.path("gates") instanceof ArrayNode gates)) {
      return;
    }
    for (JsonNode gate : gates) {
      if (gate instanceof ObjectNode object) {
        String kind = gateKind(gate);
        merge(object, ITEMS.path("gate-" + kind));
        if ((kind.equals("champion") || kind.equals("slice")) && !object.has("metric")) {
          object.put("metric", spec.path("training").path("objective").path("metric").asText());
        }
      }
    }
  }

  /** {@code metric}, {@code champion}, {@code slice}, {@code latency} or {@code approval}. */
  static String gateKind(JsonNode gate) {
    for (String kind : new String[] {"champion", "slice", "latency", "approval"}) {
      if (gate.has(kind)) {
        return kind;
      }
    }
    return "metric";
  }

  private static void deployment(JsonNode deployment) {
    deployment
        .path("target")
        .properties()
        .forEach(
            kind -> {
              JsonNode fixed = FIXED.path("deployment").path("target").path(kind.getKey());
              JsonNode own = fixed.isObject() ? fixed : ITEMS.path("target-" + kind.getKey());
              if (kind.getValue() instanceof ObjectNode settings) {
                merge(settings, own);
              }
            });
    if (deployment.path("rollout").path("shadow") instanceof ObjectNode shadow) {
      merge(shadow, ITEMS.path("shadow"));
    }
    if (deployment.path("scale") instanceof ObjectNode scale) {
      merge(scale, ITEMS.path("scale"));
      if (!scale.has("max")) {
        scale.set("max", scale.get("min").deepCopy());
      }
    }
  }

  private static void watch(ObjectNode watch, String task) {
    if (watch.path("schedule") instanceof ObjectNode schedule && !schedule.has("jitter")) {
      schedule.put("jitter", jitter(schedule.path("every").asText()).toString());
    }
    if (watch.path("window") instanceof ObjectNode window
        && !window.has("last")
        && !window.has("rows")) {
      window.put("last", WINDOW);
    }
    if (watch.path("labels") instanceof ObjectNode labels && !labels.has("metric")) {
      labels.put("metric", TaskMetrics.objective(task));
    }
  }

  private static Duration jitter(String every) {
    try {
      return Duration.ofSeconds(DurationText.parse(every).toSeconds() / JITTERS);
    } catch (IllegalArgumentException e) {
      // every is wrong, which is said elsewhere
      return Duration.ZERO;
    }
  }

  private static void retraining(ObjectNode retraining, String task, boolean floor) {
    if (!retraining.has("on")) {
      ArrayNode on = retraining.putArray("on").add("drift");
      if (floor) {
        on.add("quality");
      }
    }
    if (!retraining.has("data")) {
      ObjectNode data = retraining.putObject("data");
      // a forecast reads its source again: the log knows when it was asked, not for when
      if (!task.equals("forecast")) {
        data.put("reference-plus-last", RECENT);
      }
    }
  }

  /** Of {@code data.forecast} and {@code data.image}. */
  private static void blocks(JsonNode data) {
    if (data.path("image") instanceof ObjectNode image) {
      merge(image, ITEMS.path("image"));
    }
    if (data.path("forecast") instanceof ObjectNode forecast) {
      merge(forecast, ITEMS.path("forecast"));
      JsonNode horizon = forecast.path("horizon");
      JsonNode period = forecast.path("period");
      if (!forecast.has("lags") && natural(horizon) && natural(period)) {
        long naive = period.asLong() * Math.ceilDiv(horizon.asLong(), period.asLong());
        TreeSet<Long> lags = new TreeSet<>(List.of(horizon.asLong(), naive, 2 * naive, 7 * naive));
        ArrayNode list = forecast.putArray("lags");
        lags.forEach(list::add);
      }
    }
  }

  private static boolean natural(JsonNode value) {
    return value.isIntegralNumber() && value.asLong() > 0 && value.asLong() <= 1_000_000;
  }

  private static void each(JsonNode list, String item) {
    for (JsonNode node : list) {
      if (node instanceof ObjectNode object) {
        merge(object, ITEMS.path(item));
      }
    }
  }

  /** Puts a copy of what is absent; goes down where both have an object. */
  private static void merge(ObjectNode into, JsonNode defaults) {
    defaults
        .properties()
        .forEach(
            entry -> {
              JsonNode own = into.get(entry.getKey());
              if (own == null) {
                into.set(entry.getKey(), entry.getValue().deepCopy());
              } else if (own instanceof ObjectNode object
                  && entry.getValue().isObject()
                  && !entry.getKey().equals("target")) {
                merge(object, entry.getValue());
              }
            });
  }

  private static JsonNode json(String text) {
    try {
      return PayloadJson.mapper().readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
