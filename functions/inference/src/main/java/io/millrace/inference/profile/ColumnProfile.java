package io.millrace.inference.profile;

import io.millrace.inference.model.Feature;

/** What is known of one column. Immutable and thread-safe. */
public sealed interface ColumnProfile permits NumberProfile, CategoryProfile {
  String name();

  Feature.Kind kind();

  /** Values that are there. */
  long count();

  /** Values that are not: null, NaN or infinite. */
  long missing();

  /** Share of missing values, 0..1; 0 of no rows. */
  default double missingRate() {
    long all = count() + missing();
    return all == 0 ? 0 : (double) missing() / all;
  }

  /**
   * This column with the other's rows added.
   *
   * @throws IllegalArgumentException when the kinds differ
   */
  ColumnProfile merge(ColumnProfile other);
}
