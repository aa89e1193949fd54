package io.millrace.activities.spec;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.activities.metrics.Metrics;
import io.millrace.activities.train.Families;
import io.millrace.workflows.spec.CandidateSpec;
import io.millrace.workflows.spec.Task;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

final class SpecSchemaTest {
  @Test
  void published_schema_isTheOneThatChecks() throws IOException {
    assertThat(
            PayloadJson.mapper()
                .readTree(SpecTexts.ROOT.resolve("infra/docs/pipeline.schema.json").toFile()))
        .isEqualTo(SpecSchema.TREE);
  }

  @Test
  void defaults_ofTheSchema_areTheParsers() {
    TreeMap<String, JsonNode> published = new TreeMap<>();
    defaults(SpecSchema.TREE, "", published);
    TreeMap<String, JsonNode> filled = new TreeMap<>();
    published.keySet().forEach(path -> filled.put(path, at(SpecDefaults.FIXED, path)));

    assertThat(filled).isEqualTo(published);
  }

  @Test
  void defaults_ofTheParser_areInTheSchema() {
    leaves(SpecDefaults.FIXED, SpecSchema.TREE);
    SpecDefaults.ITEMS
        .properties()
        .forEach(e -> leaves(e.getValue(), SpecSchema.TREE.path("$defs").path(e.getKey())));
  }

  @Test
  void hyperparametersOfTheSchema_areTheFamilies() {
    assertThat(enumOf("candidate", "family")).isEqualTo(Families.names());
    for (String family : Families.names()) {
      TreeSet<String> published = new TreeSet<>();
      SpecSchema.TREE
          .path("$defs")
          .path(family)
          .path("properties")
          .properties()
          .forEach(e -> published.add(e.getKey()));
      published.remove("family");
      Map<String, Object> least =
          family.equals("container") ? Map.of("image", "some/image:1") : Map.of();
      assertThat(published.remove("search")).as("search of " + family).isTrue();
      assertThat(published)
          .allSatisfy(
              name ->
                  assertThat(
                          Families.problems(
                              new CandidateSpec(family, with(least, name, Map.of("no", "value")))))
                      .singleElement()
                      .asString()
                      .startsWith(name + ": "));
      String unknown =
          Families.problems(new CandidateSpec(family, with(least, "none", 1))).getFirst();
      assertThat(unknown).as("every name the family knows").contains(published);
    }
  }

  private static Map<String, Object> with(Map<String, Object> least, String name, Object value) {
    Map<String, Object> more = new TreeMap<>(least);
    more.put(name, value);
    return more;
  }

  private static List<String> enumOf(String definition, String key) {
    List<String> values = new ArrayList<>();
    SpecSchema.TREE
        .path("$defs")
        .path(definition)
        .path("properties")
        .path(key)
        .path("enum")
        .forEach(v -> values.add(v.asText()));
    return values;
  }

  @Test
  void metricsOfTheSchema_areTheOnesThatAreMeasured() {
    for (Task task : Task.values()) {
      assertThat(TaskMetrics.of(task.word()))
          .containsExactlyInAnyOrderElementsOf(
              Metrics.of(task).stream().map(Metrics::word).toList());
      for (Metrics metric : Metrics.of(task)) {
        assertThat(TaskMetrics.lessIsBetter(metric.word())).isNotEqualTo(metric.maximise());
      }
    }
  }

  @Test
  void everyKeyOfTheSchema_isDescribed() {
    described(SpecSchema.TREE, "");
  }

  @Test
  void reference_pageIsGeneratedFromTheSchema() throws IOException {
    var page = SpecTexts.ROOT.resolve("infra/docs/spec.md");
    String expected = SpecReference.page();
    if (Boolean.getBoolean("millrace.write-docs")) {
      Files.writeString(page, expected);
    }
    assertThat(page)
        .as(
            "write it again: mvn -pl activities -am test -Dtest=SpecSchemaTest"
                + " -Dtest.jvm=-Dmillrace.write-docs=true")
        .hasContent(expected);
  }

  private static void defaults(JsonNode rule, String path, TreeMap<String, JsonNode> into) {
    if (rule.has("default")) {
      into.put(path, rule.path("default"));
    }
    rule.path("properties")
        .properties()
        .forEach(
            e ->
                defaults(
                    e.getValue(), path.isEmpty() ? e.getKey() : path + "." + e.getKey(), into));
  }

  private static void leaves(JsonNode value, JsonNode rule) {
    JsonNode target = rule;
    if (value.isObject() && !value.isEmpty()) {
      value
          .properties()
          .forEach(
              e -> {
                JsonNode next = target.path("properties").path(e.getKey());
                if (next.isMissingNode()) {
                  throw new AssertionError(e.getKey() + " is no key of " + target);
                }
                if (next.path("$ref").asText().endsWith("severity")) {
                  return;
                }
                leaves(e.getValue(), next);
              });
    } else {
      assertThat(rule.path("default")).isEqualTo(value);
    }
  }

  private static JsonNode at(JsonNode tree, String path) {
    JsonNode node = tree;
    for (String step : path.split("\\.")) {
      node = node.path(step);
    }
    return node;
  }

  private static void described(JsonNode rule, String path) {
    rule.path("properties")
        .properties()
        .forEach(
            e -> {
              String place = path + "/" + e.getKey();
              assertThat(
                      e.getValue().has("description")
                          || e.getValue().has("$ref")
                          || e.getValue().has("const"))
                  .as(place)
                  .isTrue();
              described(e.getValue(), place);
            });
  }
}
