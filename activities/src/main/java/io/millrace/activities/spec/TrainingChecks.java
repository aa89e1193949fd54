package io.millrace.activities.spec;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.activities.train.Families;
import io.millrace.workflows.spec.CandidateSpec;
import io.millrace.workflows.wire.PayloadJson;
import java.util.List;

/** Combinations of {@code training} and {@code gates} that cannot be. */
final class TrainingChecks {
  private TrainingChecks() {}

  static void run(Findings found) {
    JsonNode objective = found.at("training.objective");
    String metric = objective.path("metric").asText("");
    fits(found, "training.objective.metric", objective.path("metric"));
    found.check(
        metric.isEmpty() || objective.path("goal").asText("").equals(TaskMetrics.goal(metric)),
        "training.objective.goal",
        objective.path("goal"),
        TaskMetrics.goal(metric) + " for " + metric);
    families(found);
    ComputeChecks.run(found);
    JsonNode gates = found.at("gates");
    int approvals = 0;
    for (int i = 0; i < gates.size(); i++) {
      JsonNode gate = gates.path(i);
      String path = Places.item("gates", i);
      if (!gate.isObject()) {
        continue;
      }
      switch (SpecDefaults.gateKind(gate)) {
        case "metric" -> bound(found, path, gate);
        case "champion" -> fits(found, path + ".metric", gate.path("metric"));
        case "slice" -> slice(found, path, gate);
        case "approval" ->
            found.check(++approvals == 1, path, gate, "one approval; quorum asks for more people");
        default -> {}
      }
    }
  }

  /** The families have the last word on their hyperparameters. */
  private static void families(Findings found) {
    JsonNode candidates = found.at("training.candidates");
    for (int i = 0; i < candidates.size(); i++) {
      JsonNode candidate = candidates.path(i);
      if (candidate.path("family").asText("").isBlank()) {
        continue;
      }
      String path = Places.item("training.candidates", i);
      CandidateSpec read = PayloadJson.mapper().convertValue(candidate, CandidateSpec.class);
      for (String problem : Families.problems(read)) {
        int colon = problem.indexOf(": ");
        int note = problem.lastIndexOf(" (expected: ");
        if (colon > 0 && note > colon && problem.endsWith(")")) {
          String name = problem.substring(0, colon);
          found.add(
              path + "." + name,
              candidate.path(name),
              problem.substring(note + " (expected: ".length(), problem.length() - 1));
        } else {
          found.add(path, candidate, problem);
        }
      }
    }
  }

  /** The metric is one of the task's. */
  static boolean fits(Findings found, String path, JsonNode metric) {
    String task = found.text("task");
    List<String> known = TaskMetrics.of(task);
    boolean fine = known.isEmpty() || !metric.isTextual() || known.contains(metric.asText());
    found.check(fine, path, metric, "one of " + String.join(", ", known) + " for task " + task);
    return fine;
  }

  private static void bound(Findings found, String path, JsonNode gate) {
    JsonNode floor = gate.path("floor");
    JsonNode ceiling = gate.path("ceiling");
    String metric = gate.path("metric").asText("");
    if (!fits(found, path + ".metric", gate.path("metric")) || metric.isEmpty()) {
      return;
    }
    String side = TaskMetrics.lessIsBetter(metric) ? "ceiling" : "floor";
    if (floor.isMissingNode() == ceiling.isMissingNode()) {
      found.add(path, gate, "exactly one of floor and ceiling: a " + side + " for " + metric);
      return;
    }
    String given = floor.isMissingNode() ? "ceiling" : "floor";
    found.check(
        given.equals(side),
        path + "." + given,
        gate.path(given),
        "a " + side + " instead: " + (side.equals("floor") ? "more" : "less") + " is better");
    range(found, path + "." + given, gate.path(given), metric);
  }

  private static void slice(Findings found, String path, JsonNode gate) {
    JsonNode metric = gate.path("metric");
    if (fits(found, path + ".metric", metric)) {
      found.check(
          !TaskMetrics.lessIsBetter(metric.asText("")),
          path + ".metric",
          metric,
          "a metric of which more is better");
      range(found, path + ".floor", gate.path("floor"), metric.asText(""));
    }
    JsonNode by = gate.path("slice").path("by");
    for (int i = 0; i < by.size(); i++) {
      String column = by.path(i).asText("");
      int colon = column.lastIndexOf(':');
      String name = column.endsWith(":quartiles") ? column.substring(0, colon) : column;
      String place = Places.item(path + ".slice.by", i);
      found.check(
          !name.isEmpty() && !name.equals(found.text("data.target")),
          place,
          by.path(i),
          "a column that is not the target, such as AGE or AGE:quartiles");
    }
  }

  static void range(Findings found, String path, JsonNode value, String metric) {
    found.check(
        !value.isNumber()
            || !TaskMetrics.share(metric)
            || (value.asDouble() >= 0 && value.asDouble() <= 1),
        path,
        value,
        "from 0 to 1 for " + metric);
  }
}
