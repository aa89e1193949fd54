package io.millrace.activities.spec;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.JsonMetaSchema;
import com.networknt.schema.JsonNodePath;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.NonValidationKeyword;
import com.networknt.schema.PathType;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.ValidationMessage;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The published JSON Schema, and its findings in our words. */
public final class SpecSchema {
  private static final String FILE = "pipeline.schema.json";

  /** The schema as published for editors. */
  public static final JsonNode TREE = read();

  private static final JsonSchema SCHEMA = compile();

  private SpecSchema() {}

  /** One problem a path; none when the tree has the schema's shape. */
  static List<Problem> problems(JsonNode spec) {
    Map<String, Problem> found = new LinkedHashMap<>();
    for (ValidationMessage message : SCHEMA.validate(spec)) {
      Problem problem = problem(message, spec);
      found.putIfAbsent(problem.path(), problem);
    }
    return new ArrayList<>(found.values());
  }

  private static Problem problem(ValidationMessage message, JsonNode spec) {
    String path = "";
    JsonNode value = spec;
    JsonNodePath place = message.getInstanceLocation();
    for (int i = 0; i < place.getNameCount(); i++) {
      Object step = place.getElement(i);
      if (step instanceof Integer index) {
        path = Places.item(path, index);
        value = value.path(index);
      } else {
        path = Places.child(path, step.toString());
        value = value.path(step.toString());
      }
    }
    JsonNode rule = rule(message.getSchemaLocation().getFragment());
    String key = message.getProperty();
    return switch (message.getType()) {
      case "required" ->
          Problem.expected(
              Places.child(path, key), null, expected(rule.path("properties").path(key)));
      case "additionalProperties" ->
          Problem.expected(
              Places.child(path, key),
              value.path(key),
              "no such key; " + Suggestion.of(key, keys(rule)));
      default -> Problem.expected(path.isEmpty() ? "spec" : path, value, expected(rule));
    };
  }

  /** What the schema wants at a place, in words. */
  static String expected(JsonNode rule) {
    JsonNode own = rule.path("x-expected");
    if (own.isTextual()) {
      return own.asText();
    }
    if (rule.path("enum").isArray()) {
      List<String> values = new ArrayList<>();
      rule.path("enum").forEach(v -> values.add(v.asText()));
      return values.size() == 1 ? values.getFirst() : "one of " + String.join(", ", values);
    }
    if (rule.has("const")) {
      return rule.path("const").asText();
    }
    if (rule.path("$ref").isTextual()) {
      return expected(definition(rule.path("$ref").asText()));
    }
    if (rule.path("properties").isObject()) {
      return "keys out of " + String.join(", ", keys(rule));
    }
    return rule.path("type").isTextual() ? rule.path("type").asText() : "another value";
  }

  private static JsonNode definition(String reference) {
    return TREE.at(reference.substring(1));
  }

  /** The schema that holds the keyword at the location. */
  private static JsonNode rule(JsonNodePath keyword) {
    JsonNode node = TREE;
    for (int i = 0; i < keyword.getNameCount() - 1; i++) {
      Object step = keyword.getElement(i);
      node = step instanceof Integer index ? node.path(index) : node.path(step.toString());
    }
    return node;
  }

  private static List<String> keys(JsonNode rule) {
    return rule.path("properties").properties().stream().map(Map.Entry::getKey).toList();
  }

  private static JsonNode read() {
    try (InputStream in = SpecSchema.class.getResourceAsStream(FILE)) {
      if (in == null) {
        throw new IllegalStateException(FILE + ": not on the class path");
      }
      return PayloadJson.mapper().readTree(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static JsonSchema compile() {
    JsonMetaSchema words =
        JsonMetaSchema.builder(JsonMetaSchema.getV202012())
            .keyword(new NonValidationKeyword("x-expected"))
            .build();
    JsonSchemaFactory factory =
        JsonSchemaFactory.builder().defaultMetaSchemaIri(words.getIri()).metaSchema(words).build();
    return factory.getSchema(
        TREE, SchemaValidatorsConfig.builder().pathType(PathType.JSON_POINTER).build());
  }
}
