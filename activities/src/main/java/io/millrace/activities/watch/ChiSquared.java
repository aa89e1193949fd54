package io.millrace.activities.watch;

import org.apache.commons.math3.special.Gamma;

/**
 * Pearson's chi-squared.
 *
 * <p>The drift check uses the two-sample contingency table: both sides are samples. Evidently takes
 * the reference as exact, which calls drift too often: car-loan's {@code size_of_downpayment}
 * (nothing changed) is p .040 that way and .157 this way.
 */
public final class ChiSquared {
  private ChiSquared() {}

  /**
   * The 2 × k table of counts, without Yates' correction; {@code sum (O-E)^2/E}, k-1 degrees of
   * freedom (Pearson 1900; scipy's {@code chi2_contingency(correction=False)}). Levels that neither
   * side has are left out.
   *
   * @param reference counts by level
   * @param current counts of the same levels
   */
  public static TestResult twoSample(double[] reference, double[] current) {
    double n = sum(reference);
    double m = sum(current);
    if (n == 0 || m == 0) {
      return new TestResult(0, null);
    }
    double statistic = 0;
    int levels = 0;
    for (int i = 0; i < reference.length; i++) {
      double both = reference[i] + current[i];
      if (both > 0) {
        levels++;
        double a = both * n / (n + m);
        double b = both * m / (n + m);
        statistic += square(reference[i] - a) / a + square(current[i] - b) / b;
      }
    }
    return levels < 2
        ? new TestResult(0, null)
        : new TestResult(statistic, tail(statistic, levels - 1));
  }

  /**
   * Goodness of fit of counts to expected counts, all above 0 (scipy's {@code chisquare}).
   *
   * @param expected of the same total as {@code observed}
   */
  public static TestResult goodnessOfFit(double[] observed, double[] expected) {
    double statistic = 0;
    for (int i = 0; i < observed.length; i++) {
      statistic += square(observed[i] - expected[i]) / expected[i];
    }
    return new TestResult(statistic, tail(statistic, observed.length - 1));
  }

  /**
   * Cramér's V of the 2 × k table, {@code sqrt(chi² / (n + m))} (Cramér 1946): the effect size of
   * {@link #twoSample}, which grows with the rows where this does not; 0 no difference, 1 disjoint.
   * Not corrected for bias, as scipy's {@code association(correction=False)}; 0 without a test.
   */
  public static double cramersV(double[] reference, double[] current) {
    double rows = sum(reference) + sum(current);
    double statistic = twoSample(reference, current).statistic();
    return rows == 0 ? 0 : Math.min(1, Math.sqrt(statistic / rows));
  }

  /** The upper tail by the incomplete gamma function, so that small p keep their digits. */
  private static double tail(double statistic, int freedom) {
    return statistic <= 0 ? 1 : Gamma.regularizedGammaQ(freedom / 2.0, statistic / 2);
  }

  private static double sum(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum;
  }

  private static double square(double x) {
    return x * x;
  }
}
