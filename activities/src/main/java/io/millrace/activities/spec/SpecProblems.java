package io.millrace.activities.spec;

import java.util.List;

/** A spec that cannot be used, with everything that is wrong with it, in the file's order. */
public final class SpecProblems extends RuntimeException {
  private static final long serialVersionUID = 1;
  private final transient List<Problem> problems;

  SpecProblems(List<Problem> problems) {
    super(String.join("\n", problems.stream().map(Problem::toString).toList()));
    this.problems = List.copyOf(problems);
  }

  /** At least one. */
  public List<Problem> problems() {
    return problems;
  }
}
