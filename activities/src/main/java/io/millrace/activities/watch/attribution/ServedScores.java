package io.millrace.activities.watch.attribution;

import io.millrace.activities.dataset.Table;

/** What the served model answers. */
@FunctionalInterface
public interface ServedScores {
  /**
   * Scores as the prediction log holds them: probability of the positive class or of the answered
   * one, or the value.
   *
   * @param rows the model's columns
   * @return {@code (rows)}
   */
  double[] of(Table rows);
}
