package io.millrace.activities.spec;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.millrace.workflows.spec.Spec;
import io.millrace.workflows.wire.PayloadJson;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads specs: YAML limits, JSON Schema, what is not supported yet, defaults, combinations. Every
 * problem is found in one go. Reading what {@link #yaml} wrote gives the same spec.
 */
public final class SpecParser {
  private static final YAMLMapper YAML =
      YAMLMapper.builder(
              YAMLFactory.builder()
                  .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
                  .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
                  .enable(YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
                  .build())
          .build();

  private SpecParser() {}

  /**
   * The complete spec of a file.
   *
   * @throws SpecProblems with everything that is wrong
   */
  public static Spec parse(byte[] yaml) {
    List<Problem> problems = new ArrayList<>();
    SpecTree.Parsed parsed = SpecTree.parse(yaml, problems);
    return complete(parsed.root(), problems, parsed.lines());
  }

  /**
   * The complete spec of a JSON object, keys as in the file.
   *
   * @throws SpecProblems with everything that is wrong
   */
  public static Spec parse(Map<String, Object> fields) {
    JsonNode tree;
    try {
      byte[] json = PayloadJson.mapper().writeValueAsBytes(fields);
      if (json.length > SpecTree.MAX_BYTES) {
        throw new SpecProblems(
            List.of(
                new Problem(
                    "spec", json.length + " bytes", "expected: at most " + SpecTree.MAX_BYTES, 0)));
      }
      tree = PayloadJson.mapper().readTree(json);
    } catch (java.io.IOException e) {
      throw new SpecProblems(List.of(new Problem("spec", "an object", "expected: JSON", 0)));
    }
    return complete(tree, new ArrayList<>(), Map.of());
  }

  /** The complete spec as YAML, keys as in the file, every default written out. */
  public static byte[] yaml(Spec spec) {
    try {
      JsonNode tree = PayloadJson.mapper().valueToTree(spec);
      return YAML.writeValueAsString(tree).getBytes(StandardCharsets.UTF_8);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a Spec is JSON", e);
    }
  }

  private static Spec complete(JsonNode tree, List<Problem> early, Map<String, Integer> lines) {
    List<Problem> problems = new ArrayList<>(early);
    SpecForms.dropNulls(tree);
    NotYet.Found later = NotYet.in(tree);
    List<Problem> shape = SpecSchema.problems(tree);
    List<String> covers = new ArrayList<>(later.covers());
    addUncovered(problems, shape, covers);
    problems.addAll(later.problems());
    shape.forEach(problem -> covers.add(problem.path()));
    ObjectNode spec = null;
    if (tree.isObject()) {
      spec = tree.deepCopy();
      List<Problem> combinations = new ArrayList<>();
      SpecForms.unfoldSearch(spec, combinations);
      SpecForms.unfoldSpot(spec, combinations);
      RetrainingForms.unfold(spec, combinations);
      SpecDefaults.fill(spec);
      SpecForms.normalise(spec, combinations);
      Findings found = new Findings(spec);
      DataChecks.run(found);
      TrainingChecks.run(found);
      LifeChecks.run(found);
      combinations.addAll(found.problems);
      addUncovered(problems, combinations, covers);
    }
    if (!problems.isEmpty() || spec == null) {
      throw new SpecProblems(ordered(problems, lines));
    }
    return record(spec);
  }

  private static void addUncovered(
      List<Problem> problems, List<Problem> more, List<String> covers) {
    for (Problem problem : more) {
      String path = problem.path();
      // a family speaks of the whole list where the schema named the item
      boolean family = path.startsWith("training.candidates[");
      if (covers.stream()
          .noneMatch(c -> Places.within(path, c) || (family && Places.within(c, path)))) {
        problems.add(problem);
      }
    }
  }

  private static Spec record(ObjectNode spec) {
    try {
      return PayloadJson.mapper().treeToValue(spec, Spec.class);
    } catch (JsonMappingException e) {
      String path = "";
      JsonNode value = spec;
      for (JsonMappingException.Reference step : e.getPath()) {
        boolean key = step.getFieldName() != null;
        path =
            key
                ? Places.child(path, step.getFieldName())
                : Places.item(path, Math.max(0, step.getIndex()));
        value = key ? value.path(step.getFieldName()) : value.path(step.getIndex());
      }
      throw new SpecProblems(
          List.of(
              Problem.expected(
                  path.isEmpty() ? "spec" : path, value, "a value in the range of its kind")));
    } catch (JsonProcessingException | IllegalArgumentException e) {
      throw new SpecProblems(
          List.of(Problem.expected("spec", null, String.valueOf(e.getMessage()))));
    }
  }

  /** With lines, in the file's order, one a path and note. */
  private static List<Problem> ordered(List<Problem> problems, Map<String, Integer> lines) {
    Map<String, Problem> once = new LinkedHashMap<>();
    for (Problem problem : problems) {
      Problem placed = problem.line() > 0 ? problem : problem.at(line(problem.path(), lines));
      once.putIfAbsent(placed.path() + placed.note(), placed);
    }
    return once.values().stream()
        .sorted(Comparator.comparingInt(p -> p.line() == 0 ? Integer.MAX_VALUE : p.line()))
        .toList();
  }

  /** The line of the path, or of what holds it. */
  private static int line(String path, Map<String, Integer> lines) {
    String place = path;
    while (true) {
      Integer line = lines.get(place);
      if (line != null) {
        return line;
      }
      int cut = Math.max(place.lastIndexOf('.'), place.lastIndexOf('['));
      if (cut <= 0) {
        return 0;
      }
      place = place.substring(0, cut);
    }
  }
}
