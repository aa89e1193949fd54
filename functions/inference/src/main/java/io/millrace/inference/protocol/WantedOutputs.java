package io.millrace.inference.protocol;

import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which outputs a request wants, and how.
 *
 * @param binary by name: true as bytes, false as JSON; empty for every output
 * @param allBinary how those come that are not named
 */
record WantedOutputs(Map<String, Boolean> binary, boolean allBinary) {
  /** All, as JSON. */
  static final WantedOutputs ALL = new WantedOutputs(Map.of(), false);

  boolean wants(String name) {
    return binary.isEmpty() || binary.containsKey(name);
  }

  boolean asBytes(String name) {
    return binary.getOrDefault(name, allBinary);
  }

  /** Reads {@code outputs}; null marks one that did not say how. */
  static Map<String, @Nullable Boolean> read(JsonInput in) throws IOException {
    Json.expect(in, JsonToken.START_ARRAY, "outputs", "a list of {\"name\": …}");
    Map<String, @Nullable Boolean> outputs = new LinkedHashMap<>();
    while (in.nextToken() != JsonToken.END_ARRAY) {
      Json.expect(in, JsonToken.START_OBJECT, "outputs", "a list of {\"name\": …}");
      String name = null;
      Boolean binary = null;
      while (in.nextToken() == JsonToken.FIELD_NAME) {
        String field = in.currentName();
        in.nextToken();
        switch (field) {
          case "name" -> name = name(in);
          case "parameters" -> binary = binary(in);
          default -> in.skipChildren();
        }
      }
      if (name == null) {
        throw new RequestMalformed("outputs: without a name (expected: a list of {\"name\": …})");
      }
      outputs.put(name, binary);
    }
    return outputs;
  }

  private static String name(JsonInput in) throws IOException {
    String shown = Json.shown(in);
    if (in.currentToken() == JsonToken.VALUE_STRING) {
      String name = in.getText();
      if (name.equals(OpenInference.SCORE)
          || name.equals(OpenInference.PREDICTION)
          || name.equals(OpenInference.SCORES)) {
        return name;
      }
    }
    throw new RequestMalformed(
        "outputs: " + shown + " (expected: score, prediction, or scores of classes)");
  }

  private static @Nullable Boolean binary(JsonInput in) throws IOException {
    Json.expect(in, JsonToken.START_OBJECT, "outputs.parameters", "an object");
    Boolean binary = null;
    while (in.nextToken() == JsonToken.FIELD_NAME) {
      String field = in.currentName();
      in.nextToken();
      if (field.equals("binary_data")) {
        binary = flag(in, "outputs.parameters.binary_data");
      } else {
        in.skipChildren();
      }
    }
    return binary;
  }

  static boolean flag(JsonInput in, String field) throws IOException {
    return switch (in.currentToken()) {
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      default ->
          throw new RequestMalformed(field + ": " + Json.shown(in) + " (expected: true or false)");
    };
  }

  /** What the outputs and the request's own parameter say together. */
  static WantedOutputs of(Map<String, @Nullable Boolean> outputs, boolean allBinary) {
    Map<String, Boolean> binary = new LinkedHashMap<>();
    outputs.forEach((name, said) -> binary.put(name, said == null ? allBinary : said));
    return new WantedOutputs(binary, allBinary);
  }
}
