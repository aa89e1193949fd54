package io.millrace.workflows.rollout;

import java.util.Arrays;
import java.util.Optional;

/**
 * PSI between two versions' scores over the same bins, made for few requests: neighbouring bins are
 * put together until each has a tenth of all scores, and half a score is added to each, because an
 * empty bin among a hundred scores is no news. Even so {@code (bins - 1)(1/n + 1/m)} comes by
 * chance.
 */
public final class ScoreShift {
  /** Fewer scores of either version say nothing. */
  public static final int LEAST = 100;

  private static final double SHARE = 0.1;

  private ScoreShift() {}

  /**
   * @param one counts by bin
   * @param other counts of the same bins
   * @return empty when either has fewer than {@value #LEAST}
   */
  public static Optional<Double> of(double[] one, double[] other) {
    double n = Arrays.stream(one).sum();
    double m = Arrays.stream(other).sum();
    if (n < LEAST || m < LEAST || one.length != other.length) {
      return Optional.empty();
    }
    double[] a = new double[one.length];
    double[] b = new double[one.length];
    int bins = 0;
    double mass = 0;
    for (int i = 0; i < one.length; i++) {
      a[bins] += one[i];
      b[bins] += other[i];
      mass += (one[i] / n + other[i] / m) / 2;
      if (mass >= SHARE && i < one.length - 1) {
        bins++;
        mass = 0;
      }
    }
    // what is left over is too little for a bin of its own
    if (bins > 0 && mass < SHARE) {
      a[bins - 1] += a[bins];
      b[bins - 1] += b[bins];
    } else {
      bins++;
    }
    double psi = 0;
    for (int i = 0; i < bins; i++) {
      double p = (b[i] + 0.5) / (m + 0.5 * bins);
      double q = (a[i] + 0.5) / (n + 0.5 * bins);
      psi += (q - p) * StrictMath.log(q / p);
    }
    return Optional.of(psi);
  }
}
