package io.millrace.activities.spec;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Brings what people write below {@code retraining} into the one form that the records read. */
final class RetrainingForms {
  private RetrainingForms() {}

  /**
   * {@code on: [{age: 90d}]} is {@code on: [age], age: 90d}, and so with rows; {@code per-month:
   * {runs: 8, cost: 150 USD}} is {@code per-month: 8, cost-per-month: 150 USD}.
   */
  static void unfold(ObjectNode spec, List<Problem> problems) {
    if (!(spec.path("retraining") instanceof ObjectNode retraining)) {
      return;
    }
    if (retraining.path("on") instanceof ArrayNode on) {
      for (int i = 0; i < on.size(); i++) {
        if (on.get(i) instanceof ObjectNode cause) {
          String place = Places.item("retraining.on", i);
          cause(retraining, on, i, cause, place, problems);
        }
      }
    }
    if (retraining.path("per-month") instanceof ObjectNode month) {
      JsonNode cost = month.path("cost");
      if (!cost.isMissingNode()) {
        move(retraining, "cost-per-month", cost, "retraining.per-month.cost", problems);
      }
      if (month.has("runs")) {
        retraining.set("per-month", month.get("runs"));
      }
    }
  }

  private static void cause(
      ObjectNode retraining,
      ArrayNode on,
      int place,
      ObjectNode cause,
      String path,
      List<Problem> problems) {
    List<String> keys = new ArrayList<>();
    cause.fieldNames().forEachRemaining(keys::add);
    if (keys.size() != 1) {
      problems.add(Problem.expected(path, cause, "exactly one of age, rows"));
      return;
    }
    String key = keys.getFirst();
    move(retraining, key, cause.get(key), path + "." + key, problems);
    on.set(place, JsonNodeFactory.instance.textNode(key));
  }

  private static void move(
      ObjectNode retraining, String key, JsonNode value, String path, List<Problem> problems) {
    if (retraining.has(key) && !retraining.get(key).equals(value)) {
      problems.add(
          Problem.expected(path, value, "the same as retraining." + key + ", or one of the two"));
    }
    retraining.set(key, value);
  }

  /** {@code 2 of 3} is {@code {hits: 2, of: 3}}. */
  static @Nullable JsonNode debounce(JsonNode value) {
    String[] words = value.asText("").strip().split("\\s+");
    if (words.length != 3 || !words[0].matches("\\d{1,2}") || !words[2].matches("\\d{1,2}")) {
      return null;
    }
    return JsonNodeFactory.instance
        .objectNode()
        .put("hits", Integer.parseInt(words[0]))
        .put("of", Integer.parseInt(words[2]));
  }
}
