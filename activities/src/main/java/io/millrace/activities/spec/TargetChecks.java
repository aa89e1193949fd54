package io.millrace.activities.spec;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/** What {@code deployment.target} and {@code deployment.scale} cannot be. */
final class TargetChecks {
  static final List<String> KINDS =
      List.of("local", "lambda", "docker", "ecs", "kubernetes", "bundle");

  private TargetChecks() {}

  static void run(Findings found) {
    JsonNode target = found.at("deployment.target");
    found.oneOf("deployment.target", target, KINDS);
    lambda(found, target.path("lambda"));
    ecs(found, target.path("ecs"));
    starts(found, target);
    JsonNode scale = found.at("deployment.scale");
    JsonNode min = scale.path("min");
    JsonNode max = scale.path("max");
    found.check(
        !min.isNumber() || !max.isNumber() || max.asLong() >= min.asLong(),
        "deployment.scale.max",
        max,
        "at least min, which is " + min);
    abilities(found, target, scale);
  }

  /** Only a function starts while a caller waits. */
  private static void starts(Findings found, JsonNode target) {
    JsonNode gates = found.spec.path("gates");
    for (int i = 0; i < gates.size(); i++) {
      // an object where a list belongs is told elsewhere
      JsonNode latency = gates.path(i).path("latency");
      found.check(
          !latency.asText("").startsWith("cold-")
              || (target.has("lambda") && !gates.path(i).path("on").asText("").equals("here")),
          Places.item("gates", i) + ".latency",
          latency,
          "p50, p90, p95 or p99: a start is measured on: target with target lambda only");
    }
  }

  /** What the kinds cannot do; the target itself refuses it again before anything changes. */
  private static void abilities(Findings found, JsonNode target, JsonNode scale) {
    JsonNode shadow = found.at("deployment.rollout.shadow");
    for (String kind : List.of("lambda", "docker", "ecs", "bundle")) {
      found.check(
          !target.has(kind) || shadow.isMissingNode(),
          "deployment.rollout.shadow",
          shadow,
          "none: target " + kind + " cannot mirror traffic");
    }
    for (String kind : List.of("local", "lambda", "bundle")) {
      found.check(
          !target.has(kind) || scale.isMissingNode(),
          "deployment.scale",
          scale,
          "none: target "
              + kind
              + (kind.equals("lambda")
                  ? " scales by itself, see provisioned and reserved"
                  : " has one instance"));
    }
    found.check(
        !target.has("kubernetes")
            || target.path("kubernetes").has("gateway")
            || shadow.isMissingNode(),
        "deployment.rollout.shadow",
        shadow,
        "none: target kubernetes mirrors traffic only with a gateway");
    found.check(
        !target.has("docker")
            || !scale.path("max").isNumber()
            || scale.path("max").asLong() == scale.path("min").asLong(),
        "deployment.scale.max",
        scale.path("max"),
        "the same as min: target docker does not scale by load");
    JsonNode steps = found.at("deployment.rollout.steps");
    found.check(
        !target.has("bundle") || steps.size() == 1,
        "deployment.rollout.steps",
        steps,
        "[100%]: a bundle holds one version");
  }

  private static void ecs(Findings found, JsonNode ecs) {
    found.check(
        !ecs.has("listener") || ecs.has("hostname"),
        "deployment.target.ecs.hostname",
        ecs.path("hostname"),
        "a host beside listener: others use that too");
    if (ecs.path("launch").asText("fargate").equals("fargate")) {
      FargateSizes.check(found, ecs.path("cpus"), ecs.path("memory"));
    }
  }

  private static void lambda(Findings found, JsonNode lambda) {
    String text = lambda.path("memory").asText("");
    if (text.matches("\\d{1,7}MB")) {
      int megabytes = Integer.parseInt(text.replace("MB", ""));
      found.check(
          megabytes >= 128 && megabytes <= 10_240,
          "deployment.target.lambda.memory",
          lambda.path("memory"),
          "128MB to 10240MB");
    }
    JsonNode provisioned = lambda.path("provisioned");
    JsonNode reserved = lambda.path("reserved");
    found.check(
        !provisioned.isNumber()
            || !reserved.isNumber()
            || provisioned.asLong() <= reserved.asLong(),
        "deployment.target.lambda.provisioned",
        provisioned,
        "at most reserved, which is " + reserved);
    found.check(
        !provisioned.isNumber()
            || provisioned.asLong() == 0
            || !lambda.path("snap-start").asText("").equals("on"),
        "deployment.target.lambda.snap-start",
        lambda.path("snap-start"),
        "off or measured: a function has provisioned instances or SnapStart, not both");
    found.check(
        !lambda.path("form").asText("").equals("image")
            || !lambda.path("snap-start").asText("").equals("on"),
        "deployment.target.lambda.snap-start",
        lambda.path("snap-start"),
        "off or measured: SnapStart needs form zip");
  }
}
