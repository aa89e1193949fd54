package io.millrace.activities.spec;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** Writes {@code infra/docs/spec.md} from the schema. */
final class SpecReference {
  private SpecReference() {}

  static String page() {
    StringBuilder page =
        new StringBuilder(
            """
            # pipeline.yaml, key by key

            Written from [pipeline.schema.json](pipeline.schema.json) by `SpecSchemaTest`; do not edit by hand.
            An editor completes and checks the file with this first line:

                # yaml-language-server: $schema=<path to>/infra/docs/pipeline.schema.json

            Only `model`, `data.source` and `data.target` must be written. Durations are `30s`, `10m`, `6h`, `3d` or
            ISO-8601; shares are `0.1` or `10%`; secrets are references (`secret:env:NAME`, `secret:file:/path`).
            `infra/millrace check FILE` names every problem at once: path, value, what was expected.
            Which family when, how to write one, how to bring a container: [families.md](families.md).

            """);
    JsonNode schema = SpecSchema.TREE;
    List<String> keys =
        schema.path("properties").properties().stream().map(e -> e.getKey()).toList();
    page.append(head());
    for (String key : keys) {
      JsonNode rule = schema.path("properties").path(key);
      if (!rule.path("properties").isObject()) {
        row(page, key, rule, required(schema, key));
      }
    }
    for (String key : keys) {
      JsonNode rule = schema.path("properties").path(key);
      if (rule.path("properties").isObject()) {
        page.append("\n## ").append(key).append("\n").append(text(rule)).append("\n\n");
        page.append(head());
        rows(page, key, rule);
      }
    }
    for (String block : List.of("forecast", "recommend", "image")) {
      block(page, "data." + block, block);
    }
    for (String kind : TargetChecks.KINDS) {
      if (SpecSchema.TREE.path("$defs").has("target-" + kind)) {
        block(page, "deployment.target." + kind, "target-" + kind);
      }
    }
    block(page, "deployment.rollout.shadow", "shadow");
    block(page, "deployment.scale", "scale");
    items(page, "data.expectations", List.of("expectation"));
    items(
        page,
        "training.candidates",
        List.of("linear", "mlp", "cnn", "recommender", "forecaster", "boosted-trees", "container"));
    items(page, "training.candidates.search", List.of("domain"));
    items(
        page,
        "gates",
        List.of("gate-metric", "gate-champion", "gate-slice", "gate-latency", "gate-approval"));
    return page.toString();
  }

  private static String head() {
    return "| key | what | value | default |\n|---|---|---|---|\n";
  }

  private static void block(StringBuilder page, String path, String name) {
    JsonNode rule = SpecSchema.TREE.path("$defs").path(name);
    page.append("\n## ").append(path).append("\n").append(text(rule)).append("\n\n");
    page.append(head());
    rows(page, path, rule);
  }

  private static void items(StringBuilder page, String list, List<String> kinds) {
    page.append("\n## Items of ").append(list).append("\n");
    for (String kind : kinds) {
      JsonNode rule = SpecSchema.TREE.path("$defs").path(kind);
      page.append("\n").append(text(rule)).append("\n\n").append(head());
      rows(page, "", rule);
    }
  }

  private static void rows(StringBuilder page, String path, JsonNode rule) {
    rule.path("properties")
        .properties()
        .forEach(
            e -> {
              String place = path.isEmpty() ? e.getKey() : path + "." + e.getKey();
              if (e.getValue().path("properties").isObject()
                  && !List.of("per-month", "reference").contains(e.getKey())) {
                rows(page, place, e.getValue());
              } else {
                row(page, place, e.getValue(), required(rule, e.getKey()));
              }
            });
  }

  private static void row(StringBuilder page, String path, JsonNode rule, boolean required) {
    String fallback =
        required ? "required" : rule.has("default") ? "`" + plain(rule.path("default")) + "`" : "";
    if (fallback.isEmpty() && target(rule).has("default")) {
      fallback = "`" + plain(target(rule).path("default")) + "`";
    }
    List<String> cells = new ArrayList<>();
    cells.add("`" + path + "`");
    cells.add(text(rule));
    cells.add(SpecSchema.expected(rule));
    cells.add(fallback);
    page.append("| ").append(String.join(" | ", cells)).append(" |\n");
  }

  private static String plain(JsonNode value) {
    return value.isTextual() ? value.asText() : value.toString().replace("\"", "");
  }

  private static String text(JsonNode rule) {
    return rule.path("description").asText(target(rule).path("description").asText(""));
  }

  private static JsonNode target(JsonNode rule) {
    String reference = rule.path("$ref").asText("");
    return reference.isEmpty() ? rule : SpecSchema.TREE.at(reference.substring(1));
  }

  private static boolean required(JsonNode rule, String key) {
    for (JsonNode name : rule.path("required")) {
      if (name.asText().equals(key)) {
        return true;
      }
    }
    return false;
  }
}
