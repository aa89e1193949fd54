package io.millrace.activities.spec;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** Collects problems of a spec whose values may be of any kind. */
final class Findings {
  final JsonNode spec;
  final List<Problem> problems = new ArrayList<>();

  Findings(JsonNode spec) {
    this.spec = spec;
  }

  /** Missing when any step is. */
  JsonNode at(String path) {
    JsonNode node = spec;
    for (String step : path.split("\\.")) {
      node = node.path(step);
    }
    return node;
  }

  /** Empty when it is no text. */
  String text(String path) {
    return at(path).asText("");
  }

  void add(String path, JsonNode value, String expected) {
    problems.add(Problem.expected(path, value, expected));
  }

  void check(boolean fine, String path, JsonNode value, String expected) {
    if (!fine) {
      add(path, value, expected);
    }
  }

  /** Exactly one of the keys. */
  void oneOf(String path, JsonNode object, List<String> keys) {
    long given = keys.stream().filter(object::has).count();
    check(
        !object.isObject() || given == 1,
        path,
        object,
        "exactly one of " + String.join(", ", keys));
  }
}
