package io.millrace.activities.metrics;

import java.util.Arrays;

/** At which score a binary model says yes. */
public final class Thresholds {
  /** Says yes when that is the likelier class, since scores are probabilities. */
  public static final double EVEN = 0.5;

  private Thresholds() {}

  /**
   * {@link #EVEN}, but when the objective is {@code f1} the one that is best for it: with few
   * positives the likelier class is almost never the positive one, and F1 at 0.5 would reward badly
   * calibrated scores.
   *
   * @param labels 0 or 1, of the validation split
   */
  public static double chosen(Metrics objective, double[] labels, float[] scores) {
    return objective == Metrics.F1 ? bestF1(labels, scores) : EVEN;
  }

  /**
   * The score at which F1 is greatest, the highest of equals; {@link #EVEN} when there is no
   * positive label or a score is NaN.
   */
  public static double bestF1(double[] labels, float[] scores) {
    Integer[] order = new Integer[scores.length];
    long positives = 0;
    for (int i = 0; i < order.length; i++) {
      order[i] = i;
      positives += labels[i] > 0.5 ? 1 : 0;
      if (Float.isNaN(scores[i])) {
        return EVEN;
      }
    }
    Arrays.sort(order, (a, b) -> Float.compare(scores[b], scores[a]));
    double best = 0;
    double threshold = EVEN;
    long hits = 0;
    for (int said = 1; said <= order.length; said++) {
      int row = order[said - 1];
      hits += labels[row] > 0.5 ? 1 : 0;
      boolean cut = said == order.length || scores[order[said]] < scores[row];
      double f1 = 2.0 * hits / (said + positives);
      if (cut && f1 > best) {
        best = f1;
        threshold = scores[row];
      }
    }
    return threshold;
  }
}
