package io.millrace.activities.gate;

/**
 * A metric of fixed rows that can be measured again under other row counts, without sorting again:
 * what a bootstrap needs. Not thread-safe.
 */
@FunctionalInterface
interface WeightedMetric {
  /**
   * The metric when row {@code i} is there {@code counts[i]} times; NaN where it is undefined, such
   * as an area under a curve of one class.
   *
   * @param counts {@code (rows)}, none negative
   */
  double value(int[] counts);
}
