package io.millrace.activities.data;

import io.millrace.workflows.port.data.DataActivities.ExpectationOutcome;
import java.util.List;

/** What is told of rows that equal another one in features and target. */
final class EqualRows {
  private EqualRows() {}

  /**
   * @param equal rows that are not the first of their kind
   * @param few so few are different that each was placed by itself
   * @param dropped rows that were left out
   */
  static List<ExpectationOutcome> outcomes(long equal, boolean few, long dropped) {
    String rule = "equal rows stay in one split";
    if (few) {
      return List.of(
          new ExpectationOutcome(
              rule,
              "warn",
              equal,
              "%d rows equal another one: so few are different that each was placed by itself"
                  .formatted(equal)));
    }
    return equal == 0
        ? List.of()
        : List.of(
            new ExpectationOutcome(
                rule,
                dropped > 0 ? "drop" : "warn",
                dropped > 0 ? dropped : equal,
                "%d rows equal another one in features and target; %d with a twin in a later split"
                        .formatted(equal, dropped)
                    + " were left out"));
  }
}
