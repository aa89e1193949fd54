package io.millrace.activities.spec;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Parts of the spec that are planned and not there: refused by name, never ignored. */
final class NotYet {
  private static final Set<String> GATES =
      Set.of(
          "fairness", "calibration", "robustness", "leakage", "memory", "size", "shadow", "drift");

  /** Values by their path. */
  private static final Map<String, Set<String>> VALUES =
      Map.of("watch.drift.profile", Set.of("nannyml", "wasserstein"));

  private final List<Problem> problems = new ArrayList<>();
  private final List<String> covers = new ArrayList<>();

  private NotYet() {}

  /**
   * What was found.
   *
   * @param covers paths at and below which nothing else needs to be said
   */
  record Found(List<Problem> problems, List<String> covers) {}

  static Found in(JsonNode spec) {
    NotYet search = new NotYet();
    VALUES.forEach((path, values) -> search.value(path, at(spec, path), values));
    search.lists(spec);
    return new Found(search.problems, search.covers);
  }

  private static JsonNode at(JsonNode spec, String path) {
    JsonNode node = spec;
    for (String step : path.split("\\.")) {
      node = node.path(step);
    }
    return node;
  }

  private void value(String path, JsonNode value, Set<String> later) {
    if (later.contains(value.asText(""))) {
      add(path, value, value.asText(), path);
    }
  }

  private void add(String path, JsonNode value, String what, String cover) {
    problems.add(Problem.notYet(path, value, what));
    covers.add(cover);
  }

  private void lists(JsonNode spec) {
    JsonNode gates = spec.path("gates");
    for (int i = 0; i < gates.size(); i++) {
      for (String kind : GATES.stream().sorted().toList()) {
        if (gates.path(i).has(kind)) {
          String path = Places.item("gates", i);
          add(path + "." + kind, gates.path(i).path(kind), kind + " gates", path);
        }
      }
    }
    objects(spec, "watch.notify", Set.of("sns", "email", "slack"));
    secret("data.privacy.key", at(spec, "data.privacy.key"));
    String password = "data.source.jdbc.password";
    secret(password, at(spec, password));
    JsonNode receivers = spec.path("watch").path("notify");
    for (int i = 0; i < receivers.size(); i++) {
      secret(Places.item("watch.notify", i) + ".hmac", receivers.path(i).path("hmac"));
    }
  }

  private void secret(String path, JsonNode value) {
    String text = value.asText("");
    if (text.startsWith("secret:")
        && !text.startsWith("secret:env:")
        && !text.startsWith("secret:file:")) {
      add(path, value, "secrets other than secret:env: and secret:file:", path);
    }
  }

  private void objects(JsonNode spec, String path, Set<String> later) {
    JsonNode list = at(spec, path);
    for (int i = 0; i < list.size(); i++) {
      for (String key : later.stream().sorted().toList()) {
        if (list.path(i).has(key)) {
          String place = Places.item(path, i);
          add(place + "." + key, list.path(i).path(key), key, place);
        }
      }
      value(Places.item(path, i), list.path(i), later);
    }
  }
}
