package io.millrace.activities.watch.estimate;

import io.millrace.inference.profile.NumberProfile;

/**
 * A window's scores as its Profile holds them: each with the rows that share it.
 *
 * @param at ascending
 * @param rows for each score
 * @param threshold from which the answer is positive; NaN when the score is the answer's own
 */
record WeightedScores(double[] at, double[] rows, double threshold) {
  static WeightedScores of(NumberProfile scores, double threshold) {
    double[] at = scores.values();
    double[] rows = new double[at.length];
    double below = 0;
    for (int i = 0; i < at.length; i++) {
      double share = scores.cdf(at[i]);
      rows[i] = (share - below) * scores.count();
      below = share;
    }
    return new WeightedScores(at, rows, threshold);
  }

  double accuracy(Isotonic calibration) {
    double right = 0;
    double all = 0;
    for (int i = 0; i < at.length; i++) {
      double c = calibration.value(at[i]);
      right += rows[i] * (Double.isNaN(threshold) || at[i] >= threshold ? c : 1 - c);
      all += rows[i];
    }
    return right / all;
  }

  /** Of rows that are right independently of each other, given their scores. */
  double accuracyVariance(Isotonic calibration) {
    double sum = 0;
    double all = 0;
    for (int i = 0; i < at.length; i++) {
      double c = calibration.value(at[i]);
      sum += rows[i] * c * (1 - c);
      all += rows[i];
    }
    return sum / all / all;
  }

  /** NaN when one class is not expected at all. */
  double rocAuc(Isotonic calibration) {
    double area = 0;
    double negatives = 0;
    double positives = 0;
    for (int i = 0; i < at.length; i++) {
      double c = calibration.value(at[i]);
      double negative = rows[i] * (1 - c);
      area += rows[i] * c * (negatives + negative / 2);
      negatives += negative;
      positives += rows[i] * c;
    }
    return area / positives / negatives;
  }

  /** Hanley and McNeil's variance at the expected numbers of both classes. */
  double rocAucVariance(Isotonic calibration) {
    double auc = rocAuc(calibration);
    double positives = 0;
    double negatives = 0;
    for (int i = 0; i < at.length; i++) {
      double c = calibration.value(at[i]);
      positives += rows[i] * c;
      negatives += rows[i] * (1 - c);
    }
    double q1 = auc / (2 - auc);
    double q2 = 2 * auc * auc / (1 + auc);
    double sum =
        auc * (1 - auc) + (positives - 1) * (q1 - auc * auc) + (negatives - 1) * (q2 - auc * auc);
    return Math.max(0, sum) / (positives * negatives);
  }
}
