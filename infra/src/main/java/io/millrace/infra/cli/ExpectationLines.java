package io.millrace.infra.cli;

import io.millrace.activities.data.SuggestedExpectations.Suggested;
import io.millrace.activities.data.SuggestedExpectations.Suggestion;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Suggested expectations as YAML that a person reads and changes. */
final class ExpectationLines {
  private ExpectationLines() {}

  /** Keys of {@code data}. */
  static String whole(Suggested suggested, String source) {
    StringBuilder yaml = new StringBuilder();
    yaml.append("# Suggested by what ").append(source.replaceAll("\\R", " "));
    yaml.append(" has. Read it, change it, and put it under data: of a pipeline.yaml.\n");
    if (!suggested.types().isEmpty()) {
      yaml.append("columns:\n");
      suggested
          .types()
          .forEach((name, type) -> yaml.append("  " + value(name) + ": " + type + "\n"));
    }
    yaml.append("expectations:\n");
    yaml.append(items(suggested, "  "));
    return yaml.toString();
  }

  /** The list's items. */
  static String items(Suggested suggested, String indent) {
    StringBuilder yaml = new StringBuilder();
    for (Suggestion suggestion : suggested.expectations()) {
      yaml.append(indent).append("- ").append(value(suggestion.rule()));
      yaml.append("  # ").append(suggestion.why()).append('\n');
    }
    return yaml.toString();
  }

  private static String value(Object value) {
    if (value instanceof Map<?, ?> map) {
      List<String> entries = new ArrayList<>();
      map.forEach((key, inner) -> entries.add(key + ": " + value(inner)));
      return "{" + String.join(", ", entries) + "}";
    }
    if (value instanceof List<?> list) {
      return "[" + String.join(", ", list.stream().map(ExpectationLines::value).toList()) + "]";
    }
    return value instanceof String text ? SpecTemplate.quoted(text) : String.valueOf(value);
  }
}
