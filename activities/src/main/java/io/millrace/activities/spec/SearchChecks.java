package io.millrace.activities.spec;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.activities.search.Grids;
import io.millrace.activities.train.Families;
import io.millrace.activities.train.Hyperparameter;
import io.millrace.workflows.spec.CandidateSpec;
import io.millrace.workflows.wire.PayloadJson;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Searches that cannot be: domains against themselves, their families and the method. */
final class SearchChecks {
  private static final List<String> KINDS = List.of("int", "real", "log", "choice");

  /** Trials of a run at most: its history has about ten events for each. */
  private static final int MOST = 500;

  private SearchChecks() {}

  static void run(Findings found) {
    JsonNode search = found.at("training.search");
    String method = search.path("method").asText("");
    JsonNode candidates = found.at("training.candidates");
    int before = found.problems.size();
    for (int i = 0; i < candidates.size(); i++) {
      JsonNode candidate = candidates.path(i);
      String path = Places.item("training.candidates", i) + ".search";
      JsonNode domains = candidate.path("search");
      if (!domains.isObject()) {
        continue;
      }
      if (method.equals("none")) {
        found.add(path, domains, "training.search.method random, tpe, asha or grid as well");
      }
      domains
          .properties()
          .forEach(
              e ->
                  domain(
                      found,
                      Places.child(path, e.getKey()),
                      e.getKey(),
                      e.getValue(),
                      candidate,
                      method));
    }
    if (found.problems.size() == before) {
      trials(found, search, method, candidates);
    }
    JsonNode least = search.path("min-epochs");
    int epochs = found.at("training.max-epochs").asInt(Integer.MAX_VALUE);
    found.check(
        !method.equals("asha") || !least.isInt() || least.asInt() < epochs || epochs == 1,
        "training.search.min-epochs",
        least,
        "less than training.max-epochs, " + epochs);
  }

  private static void domain(
      Findings found,
      String path,
      String name,
      JsonNode domain,
      JsonNode candidate,
      String method) {
    if (!domain.isObject()) {
      return;
    }
    List<String> given = KINDS.stream().filter(domain::has).toList();
    if (given.size() != 1) {
      found.oneOf(path, domain, KINDS);
      return;
    }
    String kind = given.getFirst();
    JsonNode value = domain.path(kind);
    found.check(
        !candidate.has(name), path, domain, "one of the search and a fixed " + name + ", not both");
    if (!value.isArray() || !order(found, Places.child(path, kind), kind, value)) {
      return;
    }
    found.check(
        !method.equals("grid")
            || kind.equals("int")
            || kind.equals("choice")
            || domain.has("steps"),
        path + ".steps",
        domain.path("steps"),
        "how many values the grid takes from " + kind);
    List<Hyperparameter> known = Families.hyperparameters(candidate.path("family").asText(""));
    if (known.isEmpty()) {
      return;
    }
    Hyperparameter hyperparameter =
        known.stream().filter(one -> one.name().equals(name)).findFirst().orElse(null);
    if (hyperparameter == null) {
      List<String> names = known.stream().map(Hyperparameter::name).toList();
      found.add(path, domain, "one of " + String.join(", ", names));
      return;
    }
    fits(found, Places.child(path, kind), kind, value, hyperparameter);
  }

  /** The lower end first, and no logarithm of 0. */
  private static boolean order(Findings found, String path, String kind, JsonNode value) {
    if (kind.equals("choice")) {
      return !value.isEmpty();
    }
    if (value.size() != 2 || !value.path(0).isNumber() || !value.path(1).isNumber()) {
      // the schema has said so
      return false;
    }
    double low = value.path(0).asDouble();
    boolean ascending = low < value.path(1).asDouble();
    if (kind.equals("log") && low <= 0) {
      found.add(path, value, "two numbers above 0, the lower first: a logarithmic scale has no 0");
      return false;
    }
    found.check(
        ascending,
        path,
        value,
        (kind.equals("int") ? "two whole numbers" : "two numbers") + ", the lower first");
    return ascending;
  }

  private static void fits(
      Findings found, String path, String kind, JsonNode value, Hyperparameter hyperparameter) {
    List<String> kinds =
        switch (hyperparameter) {
          case Hyperparameter.Whole whole -> List.of("int", "choice");
          case Hyperparameter.Real real -> List.of("real", "log", "choice");
          default -> List.of("choice");
        };
    if (!kinds.contains(kind)) {
      found.add(
          path,
          value,
          String.join(" or ", kinds)
              + " for "
              + hyperparameter.name()
              + ": "
              + hyperparameter.expected());
      return;
    }
    for (int i = 0; i < value.size(); i++) {
      Object plain = PayloadJson.mapper().convertValue(value.path(i), Object.class);
      found.check(
          hyperparameter.read(plain).isPresent(),
          Places.item(path, i),
          value.path(i),
          hyperparameter.expected());
    }
  }

  /** Enough for one of each candidate, and for the whole grid. */
  private static void trials(Findings found, JsonNode search, String method, JsonNode candidates) {
    JsonNode trials = search.path("trials");
    String path = "training.search.trials";
    if (method.equals("none")) {
      found.check(
          trials.isMissingNode(),
          path,
          trials,
          "training.search.method random, tpe or asha as well");
      return;
    }
    if (!method.equals("grid")) {
      found.check(
          !trials.isInt() || trials.asInt() <= 0 || trials.asInt() >= candidates.size(),
          path,
          trials,
          "at least " + candidates.size() + ", one for each candidate");
      return;
    }
    List<CandidateSpec> read = new ArrayList<>();
    try {
      for (JsonNode candidate : candidates) {
        read.add(PayloadJson.mapper().convertValue(candidate, CandidateSpec.class));
      }
    } catch (IllegalArgumentException e) {
      // the schema has said so
      return;
    }
    long points = Grids.points(read);
    if (!trials.isInt()) {
      found.check(
          points <= MOST,
          "training.search.method",
          search.path("method"),
          "a grid of at most " + MOST + " points; fewer steps, this one has " + points);
    } else {
      found.check(
          trials.asInt() <= 0 || points <= trials.asInt(),
          path,
          trials,
          "at least " + points + ", the points of the grid; or fewer steps");
    }
  }

  /** The candidate with the first value of each domain in place of its search. */
  static CandidateSpec example(JsonNode candidate) {
    Map<String, Object> parameters = new TreeMap<>();
    candidate
        .properties()
        .forEach(
            e -> {
              if (!e.getKey().equals("family") && !e.getKey().equals("search")) {
                parameters.put(e.getKey(), plain(e.getValue()));
              }
            });
    if (candidate.path("search") instanceof ObjectNode domains) {
      List<Hyperparameter> known = Families.hyperparameters(candidate.path("family").asText(""));
      domains
          .properties()
          .forEach(
              e ->
                  known.stream()
                      .filter(one -> one.name().equals(e.getKey()))
                      .findFirst()
                      .ifPresent(
                          one -> {
                            Object value = first(e.getValue(), one);
                            if (value != null) {
                              parameters.putIfAbsent(one.name(), value);
                            }
                          }));
    }
    return new CandidateSpec(candidate.path("family").asText(""), parameters);
  }

  /** Null when the domain has none that is accepted, which is said elsewhere. */
  private static @Nullable Object first(JsonNode domain, Hyperparameter hyperparameter) {
    for (String kind : KINDS) {
      JsonNode value = domain.path(kind).path(0);
      if (!value.isMissingNode() && hyperparameter.read(plain(value)).isPresent()) {
        return plain(value);
      }
    }
    return null;
  }

  private static Object plain(JsonNode value) {
    return PayloadJson.mapper().convertValue(value, Object.class);
  }
}
