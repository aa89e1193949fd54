package io.millrace.activities.train;

import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.spec.CandidateSpec;
import io.millrace.workflows.spec.DataSpec;
import io.millrace.workflows.spec.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Every {@link ModelFamily} on the class path, by name. */
public final class Families {
  private static final Map<String, ModelFamily> BY_NAME = load();
  private static final Pattern OWN = Pattern.compile("[a-z][a-z0-9-]{0,40}");

  private Families() {}

  /** Names, ascending. */
  public static List<String> names() {
    return List.copyOf(BY_NAME.keySet());
  }

  /** What a family's hyperparameters are; empty for a family that does not exist. */
  public static List<Hyperparameter> hyperparameters(String family) {
    ModelFamily known = BY_NAME.get(family);
    return known == null ? List.of() : known.hyperparameters();
  }

  /**
   * Everything that is wrong with a candidate by itself; empty when there is nothing. Each reads
   * {@code dropout: 1.5 (expected: a number from 0.0 to below 1.0)}.
   */
  public static List<String> problems(CandidateSpec candidate) {
    List<String> problems = new ArrayList<>();
    values(candidate, problems);
    return problems;
  }

  /**
   * The same, and whether it can learn the task from such data; what is wrong there begins with its
   * path in the spec, such as {@code data.split.kind}.
   */
  public static List<String> problems(CandidateSpec candidate, Task task, DataSpec data) {
    List<String> problems = new ArrayList<>();
    Map<String, Object> values = values(candidate, problems);
    ModelFamily family = BY_NAME.get(candidate.family());
    if (family != null && problems.isEmpty()) {
      problems.addAll(unfit(family, new Hyperparameters(values), task, data));
    }
    return problems;
  }

  /**
   * The family of a candidate with its hyperparameters, checked and complete.
   *
   * @throws io.temporal.failure.ApplicationFailure {@code CONFIG_INVALID} with every problem
   */
  static Chosen choose(CandidateSpec candidate, Task task, DataSpec data) {
    List<String> problems = problems(candidate, task, data);
    ModelFamily family = BY_NAME.get(candidate.family());
    if (family == null || !problems.isEmpty()) {
      throw Failures.of(FailureType.CONFIG_INVALID, String.join("; ", problems));
    }
    return new Chosen(family, new Hyperparameters(values(candidate, new ArrayList<>())));
  }

  /** A family and how it is to train. */
  record Chosen(ModelFamily family, Hyperparameters values) {}

  /** What a family says of data begins with the spec's path; everything else is the candidate's. */
  public static boolean ofTheSpec(String problem) {
    return problem.startsWith("data.") || problem.startsWith("training.");
  }

  private static List<String> unfit(
      ModelFamily family, Hyperparameters values, Task task, DataSpec data) {
    if (!family.tasks().contains(task)) {
      return List.of(
          "family: "
              + family.name()
              + " (expected: one for task "
              + task.word()
              + ": "
              + namesFor(task)
              + ")");
    }
    return family.problems(values, task, data);
  }

  /** Names of the families that can learn a task, ascending. */
  public static List<String> namesFor(Task task) {
    return BY_NAME.values().stream()
        .filter(family -> family.tasks().contains(task))
        .map(ModelFamily::name)
        .toList();
  }

  private static Map<String, Object> values(CandidateSpec candidate, List<String> problems) {
    Map<String, Object> values = new TreeMap<>();
    ModelFamily family = BY_NAME.get(candidate.family());
    if (family == null) {
      problems.add("family: " + candidate.family() + " (expected: one of " + names() + ")");
      return values;
    }
    Map<String, Object> rest = new TreeMap<>(candidate.parameters());
    for (Hyperparameter known : family.hyperparameters()) {
      Object given = rest.remove(known.name());
      if (given == null && known.required()) {
        problems.add(known.name() + ": missing (expected: " + known.expected() + ")");
        continue;
      }
      if (given == null) {
        values.put(known.name(), known.fallback());
        continue;
      }
      known
          .read(given)
          .ifPresentOrElse(
              value -> values.put(known.name(), value),
              () ->
                  problems.add(
                      known.name() + ": " + given + " (expected: " + known.expected() + ")"));
    }
    String prefix = family.openPrefix();
    if (!prefix.isEmpty()) {
      rest.entrySet().removeIf(entry -> taken(entry, prefix, values, problems));
    }
    List<String> names = family.hyperparameters().stream().map(Hyperparameter::name).toList();
    rest.forEach(
        (name, value) -> problems.add(name + ": " + value + " (expected: one of " + names + ")"));
    return values;
  }

  /** Whether it is one of the names that a family takes as they are, fit or not. */
  private static boolean taken(
      Map.Entry<String, Object> given,
      String prefix,
      Map<String, Object> values,
      List<String> problems) {
    String name = given.getKey();
    if (!name.startsWith(prefix) || !OWN.matcher(name.substring(prefix.length())).matches()) {
      return false;
    }
    Object value = given.getValue();
    if (value instanceof Number || value instanceof String || value instanceof Boolean) {
      values.put(name, value);
    } else {
      problems.add(name + ": " + value + " (expected: a number, a text, true or false)");
    }
    return true;
  }

  private static Map<String, ModelFamily> load() {
    Map<String, ModelFamily> families = new TreeMap<>();
    for (ModelFamily family :
        ServiceLoader.load(ModelFamily.class, Families.class.getClassLoader())) {
      families.put(family.name(), family);
    }
    return families;
  }
}
