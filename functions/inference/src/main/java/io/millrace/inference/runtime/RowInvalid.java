package io.millrace.inference.runtime;

import java.util.List;

/**
 * A request that does not fit the model's schema. The message lists every problem (the first 50),
 * as {@code field: value (expected: …)}, with {@code rows[i].} before the field when there are
 * several rows. It repeats the caller's values: answer with it, do not log it.
 */
public final class RowInvalid extends RuntimeException {
  private static final long serialVersionUID = 1;
  private final transient List<String> problems;

  public RowInvalid(List<String> problems) {
    super(String.join("; ", problems), null, false, false); // expected often: no stack trace
    this.problems = List.copyOf(problems);
  }

  public RowInvalid(String problem) {
    this(List.of(problem));
  }

  public List<String> problems() {
    return problems == null ? List.of() : problems;
  }
}
