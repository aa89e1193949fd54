package io.millrace.activities.gate;

import io.millrace.activities.page.Words;
import io.millrace.workflows.spec.Task;

/** Sentences for what could not be measured. */
final class Unmeasured {
  private Unmeasured() {}

  static String unknown(String metric, Task task) {
    return "metric: %s (expected: one of %s for %s)"
        .formatted(metric, String.join(", ", WeightedMetrics.names(task)), task.word());
  }

  /** Rows that no metric can be measured on. */
  static String bad(Scored rows, String where) {
    return rows.rows() == 0
        ? "The %s has no rows.".formatted(where)
        : "The %s has a label or score that is not a finite number.".formatted(where);
  }

  static String undefined(String metric, Scored rows, String where) {
    String why =
        rows.task().scored() == Task.REGRESSION
            ? "is undefined there: the target does not vary, or nothing is known to compare with"
            : "is undefined there: one class only";
    return "%s on %s (%s rows) %s.".formatted(metric, where, Words.count(rows.rows()), why);
  }
}
