package io.millrace.activities.metrics;

import java.util.Arrays;

/**
 * Area under the ROC curve by ranks. Sorting is paid once in the constructor, so a bootstrap over
 * thousands of resamples costs one pass each: {@code new RocAuc(labels, scores).weighted(counts)}.
 */
public final class RocAuc {
  private final int[] order;
  private final boolean[] positive;
  private final boolean[] tiedWithNext;

  /**
   * @param labels 0 or 1
   * @param scores {@code (rows)}; not NaN
   */
  public RocAuc(double[] labels, float[] scores) {
    int n = labels.length;
    long[] keyed = new long[n];
    for (int i = 0; i < n; i++) {
      // the bits of a float sort as the float does once negatives are flipped; + 0f unites -0 and 0
      int bits = Float.floatToIntBits(scores[i] + 0f);
      bits ^= (bits >> 31) & 0x7fffffff;
      keyed[i] = ((long) bits << 32) | i;
    }
    Arrays.sort(keyed);
    order = new int[n];
    positive = new boolean[n];
    tiedWithNext = new boolean[n];
    for (int k = 0; k < n; k++) {
      order[k] = (int) keyed[k];
      positive[k] = labels[order[k]] > 0.5;
      tiedWithNext[k] = k + 1 < n && (keyed[k] >> 32) == (keyed[k + 1] >> 32);
    }
  }

  /** The area; NaN when a class is missing. Ties count half. */
  public static double of(double[] labels, float[] scores) {
    int[] ones = new int[labels.length];
    Arrays.fill(ones, 1);
    return new RocAuc(labels, scores).weighted(ones);
  }

  /**
   * The area of a resample.
   *
   * @param counts how often each row was drawn
   */
  public double weighted(int[] counts) {
    double negativesBelow = 0;
    double positives = 0;
    double area = 0;
    double tiedPositives = 0;
    double tiedNegatives = 0;
    for (int k = 0; k < order.length; k++) {
      int count = counts[order[k]];
      if (positive[k]) {
        tiedPositives += count;
      } else {
        tiedNegatives += count;
      }
      if (!tiedWithNext[k]) {
        area += tiedPositives * (negativesBelow + tiedNegatives / 2);
        positives += tiedPositives;
        negativesBelow += tiedNegatives;
        tiedPositives = 0;
        tiedNegatives = 0;
      }
    }
    return positives == 0 || negativesBelow == 0 ? Double.NaN : area / (positives * negativesBelow);
  }
}
