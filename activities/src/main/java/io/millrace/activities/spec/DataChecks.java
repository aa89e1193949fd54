package io.millrace.activities.spec;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Combinations of {@code data} that cannot be. */
final class DataChecks {
  private static final List<String> RULES =
      List.of(
          "not-null",
          "unique",
          "range",
          "set",
          "regex",
          "rows",
          "freshness",
          "sql",
          "nulls",
          "history");

  /** Tasks whose target is a number. */
  private static final Set<String> VALUES = Set.of("regression", "forecast", "recommend");

  private static final Set<String> OF_TABLE = Set.of("rows", "sql", "history");

  /** Not about single rows, so none can be dropped. */
  private static final Set<String> WHOLE = Set.of("rows", "freshness", "nulls", "history");

  private DataChecks() {}

  static void run(Findings found) {
    SourceChecks.run(found);
    columns(found);
    split(found);
    derived(found);
    TaskChecks.run(found);
    JsonNode rules = found.at("data.expectations");
    for (int i = 0; i < rules.size(); i++) {
      rule(found, Places.item("data.expectations", i), rules.path(i));
    }
    privacy(found);
  }

  private static void columns(Findings found) {
    String target = found.text("data.target");
    boolean binary = found.text("task").equals("binary");
    boolean classes = !VALUES.contains(found.text("task"));
    for (String key : List.of("id", "time")) {
      found.check(
          target.isEmpty() || !found.text("data." + key).equals(target),
          "data." + key,
          found.at("data." + key),
          "another column than the target");
    }
    found.check(
        found.text("data.id").isEmpty() || !found.text("data.id").equals(found.text("data.time")),
        "data.time",
        found.at("data.time"),
        "another column than id");
    JsonNode exclude = found.at("data.exclude");
    for (int i = 0; i < exclude.size(); i++) {
      found.check(
          !exclude.path(i).asText("").equals(target),
          Places.item("data.exclude", i),
          exclude.path(i),
          "a column that is not the target");
    }
    for (String key : List.of("positive", "favourable")) {
      JsonNode value = found.at("data." + key);
      if (key.equals("positive")) {
        found.check(
            value.isMissingNode() || binary,
            "data.positive",
            value,
            "nothing, unless task is binary");
      } else {
        found.check(
            value.isMissingNode() || classes,
            "data.favourable",
            value,
            "nothing for a " + found.text("task"));
      }
    }
    if (!classes) {
      JsonNode type = found.at("data.columns").path(target);
      found.check(
          !type.asText("").equals("category"),
          Places.child("data.columns", target),
          type,
          "number: the target of a " + found.text("task"));
    }
  }

  private static void derived(Findings found) {
    found
        .at("data.derive")
        .properties()
        .forEach(
            e -> {
              String text = e.getValue().asText("");
              found.check(
                  !text.contains(";") && !text.contains("--") && !text.contains("/*"),
                  Places.child("data.derive", e.getKey()),
                  e.getValue(),
                  "one SQL expression, without ; and comments");
            });
  }

  private static void split(Findings found) {
    JsonNode split = found.at("data.split");
    String kind = split.path("kind").asText("");
    JsonNode column = split.path("column");
    String path = "data.split.column";
    if (kind.equals("group")) {
      found.check(!column.isMissingNode(), path, column, "the column that names the group");
    } else if (kind.equals("time")) {
      found.check(
          !column.isMissingNode() || !found.at("data.time").isMissingNode(),
          path,
          column,
          "the column of the row's time, here or as data.time");
    } else if (!kind.isEmpty()) {
      found.check(column.isMissingNode(), path, column, "nothing for a " + kind + " split");
    }
    found.check(
        column.isMissingNode() || !column.asText("").equals(found.text("data.target")),
        path,
        column,
        "another column than the target");
    found.check(
        !kind.equals("stratified")
            || !List.of("regression", "forecast").contains(found.text("task")),
        "data.split.kind",
        split.path("kind"),
        found.text("task").equals("forecast")
            ? "time for a forecast"
            : "random, time or group for a regression");
    JsonNode test = split.path("test");
    JsonNode validation = split.path("validation");
    if (test.isNumber() && validation.isNumber()) {
      found.check(
          test.asDouble() + validation.asDouble() < 1,
          "data.split.test",
          test,
          "less than 1 together with validation " + validation);
    }
  }

  private static void rule(Findings found, String path, JsonNode rule) {
    if (!rule.isObject()) {
      return;
    }
    found.oneOf(path, rule, RULES);
    List<String> given = RULES.stream().filter(rule::has).toList();
    if (given.size() != 1) {
      return;
    }
    String kind = given.getFirst();
    JsonNode column = rule.path("column");
    if (OF_TABLE.contains(kind)) {
      found.check(column.isMissingNode(), path + ".column", column, "nothing for " + kind);
    } else {
      found.check(!column.isMissingNode(), path + ".column", column, "a column's name");
    }
    boolean drop = rule.path("on-break").asText("").equals("drop");
    found.check(
        !drop || !WHOLE.contains(kind),
        path + ".on-break",
        rule.path("on-break"),
        "block or warn: " + kind + " is about the whole table");
    JsonNode value = rule.path(kind);
    switch (kind) {
      case "range" -> range(found, path + ".range", value);
      case "rows" ->
          found.check(
              !value.has("min")
                  || !value.has("max")
                  || value.path("min").asLong() <= value.path("max").asLong(),
              path + ".rows",
              value,
              "min <= max");
      case "regex" -> {
        try {
          Pattern.compile(value.asText(""));
        } catch (PatternSyntaxException | StackOverflowError e) {
          found.add(path + ".regex", value, "a regular expression");
        }
      }
      default -> {}
    }
  }

  private static void range(Findings found, String path, JsonNode value) {
    if (value.size() != 2) {
      return;
    }
    JsonNode low = value.path(0);
    JsonNode high = value.path(1);
    found.check(
        (low.isNumber() || high.isNumber())
            && (!low.isNumber() || !high.isNumber() || low.asDouble() <= high.asDouble()),
        path,
        value,
        "two numbers, the lower first; at most one of them null");
  }

  private static void privacy(Findings found) {
    JsonNode privacy = found.at("data.privacy");
    boolean keyed = keyed(privacy.path("on-find"));
    for (JsonNode action : privacy.path("columns")) {
      keyed |= keyed(action);
    }
    found.check(
        !keyed || privacy.has("key"),
        "data.privacy.key",
        privacy.path("key"),
        "a reference such as secret:env:NAME, because of hash or tokenise");
    privacy
        .path("columns")
        .properties()
        .forEach(
            e ->
                found.check(
                    !e.getKey().equals(found.text("data.target"))
                        || !e.getValue().asText("").equals("drop"),
                    Places.child("data.privacy.columns", e.getKey()),
                    e.getValue(),
                    "another action: this is the target"));
  }

  private static boolean keyed(JsonNode action) {
    return action.asText("").equals("hash") || action.asText("").equals("tokenise");
  }
}
