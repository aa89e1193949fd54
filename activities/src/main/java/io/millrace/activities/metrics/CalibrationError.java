package io.millrace.activities.metrics;

/**
 * How far a binary model's scores are from being chances: the expected calibration error over equal
 * bins of the score (Naeini, Cooper and Hauskrecht 2015), the same bins in which endpoints count
 * their scores. 0 is perfect, 1 is the worst; of few rows it comes out too large, never too small
 * on average.
 */
public final class CalibrationError {
  /** Its name among a version's metrics. */
  public static final String NAME = "ece";

  private static final int BINS = 20;

  private CalibrationError() {}

  /**
   * Mean over the rows of the difference between mean score and share of positive rows in the row's
   * bin; NaN of no rows.
   *
   * @param labels {@code (rows)}: 0 or 1
   * @param scores {@code (rows)}: probability of the positive class, finite
   */
  public static double of(double[] labels, float[] scores) {
    double[] difference = new double[BINS];
    for (int i = 0; i < labels.length; i++) {
      int bin = Math.max(0, Math.min(BINS - 1, (int) (scores[i] * BINS)));
      difference[bin] += scores[i] - labels[i];
    }
    double sum = 0;
    for (double bin : difference) {
      sum += Math.abs(bin);
    }
    return sum / labels.length;
  }
}
