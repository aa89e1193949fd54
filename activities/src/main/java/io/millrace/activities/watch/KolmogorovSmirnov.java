package io.millrace.activities.watch;

import io.millrace.inference.profile.NumberProfile;
import java.util.Arrays;
import org.apache.commons.math3.special.Gamma;
import org.apache.commons.math3.stat.inference.KolmogorovSmirnovTest;

/**
 * Two-sample, two-sided Kolmogorov-Smirnov: {@code D = sup |F(x) - G(x)|} over the two empirical
 * distribution functions (Hodges 1958). D is the greatest difference of shares, 0 equal, 1
 * disjoint.
 *
 * <p>The p-value is exact (lattice paths, Hodges 1958) while that is cheap, which matters: 8
 * against 8 values with D = 0.625 is p .087 exactly and .049 by the usual approximation. Beyond, it
 * is the one-sample distribution at {@code round(nm/(n+m))} observations, as scipy's {@code
 * method="asymp"}: Pelz-Good (1976) in the body, twice Smirnov's exact one-sided tail beyond.
 */
public final class KolmogorovSmirnov {
  /** n·m up to which paths are counted: 10 million additions are some 20 ms. */
  private static final long EXACT = 10_000_000;

  /** Observations up to which the tail is summed: a term each, some 2 ms. */
  static final int SUMMED = 20_000;

  private KolmogorovSmirnov() {}

  /** On raw samples without NaN; either may be empty, which gives no p-value. */
  public static TestResult test(double[] reference, double[] current) {
    if (reference.length == 0 || current.length == 0) {
      return new TestResult(0, null);
    }
    double[] a = reference.clone();
    double[] b = current.clone();
    Arrays.sort(a);
    Arrays.sort(b);
    double d = 0;
    int i = 0;
    int j = 0;
    while (i < a.length && j < b.length) {
      double x = Math.min(a[i], b[j]);
      while (i < a.length && a[i] <= x) {
        i++;
      }
      while (j < b.length && b[j] <= x) {
        j++;
      }
      d = Math.max(d, Math.abs((double) i / a.length - (double) j / b.length));
    }
    return new TestResult(d, pValue(d, a.length, b.length));
  }

  /**
   * On profiles: exact as long as every value is held, else off by at most the two rank errors. The
   * p-value is taken at D less the rank errors' root sum of squares, so that a sketch's noise,
   * which does not shrink with the rows, is never significant by itself.
   */
  public static TestResult test(NumberProfile reference, NumberProfile current) {
    if (reference.count() == 0 || current.count() == 0) {
      return new TestResult(0, null);
    }
    // both functions jump at held values only, so the supremum is at one of them
    double[] most = {0};
    CumulativeShares.walk(
        reference,
        current,
        (before, now, from, to) -> most[0] = Math.max(most[0], Math.abs(before - now)));
    double d = most[0];
    double noise = Math.hypot(reference.rankError(), current.rankError());
    return new TestResult(d, pValue(Math.max(0, d - noise), reference.count(), current.count()));
  }

  /** Probability of a D of at least {@code d} between samples of one distribution. */
  static double pValue(double d, long n, long m) {
    if (d <= 0) {
      return 1;
    }
    if (n * (double) m <= EXACT) {
      return exact(d, (int) Math.max(n, m), (int) Math.min(n, m));
    }
    long effective = Math.max(1, Math.round(n * (double) m / (n + (double) m)));
    return survival(effective, d);
  }

  /**
   * 1 less the share of the paths from (0,0) to (n,m) that stay below d. {@code paths[j]} is the
   * share among all paths to (i,j), so that nothing overflows: {@code A(i,j) = (i A(i-1,j) + j
   * A(i,j-1)) / (i+j)}. Ties are counted as in scipy: as if there were none.
   */
  private static double exact(double d, int n, int m) {
    // halfway between two possible values of D, so that rounding cannot decide
    double below = (0.5 + Math.floor(d * n * (double) m - 1e-7)) / (n * (double) m);
    double[] paths = new double[m + 1];
    for (int j = 0; j <= m; j++) {
      paths[j] = (double) j / m > below ? 0 : 1;
    }
    for (int i = 1; i <= n; i++) {
      paths[0] = (double) i / n > below ? 0 : paths[0];
      for (int j = 1; j <= m; j++) {
        paths[j] =
            Math.abs((double) i / n - (double) j / m) > below
                ? 0
                : (i * paths[j] + j * paths[j - 1]) / (i + j);
      }
    }
    return Math.clamp(1 - paths[m], 0, 1);
  }

  private static double survival(long n, double d) {
    double nd2 = n * d * d;
    if (d >= 1 || nd2 >= 370) {
      return 0;
    }
    if (nd2 < 0.04) {
      // the series of Pelz and Good is 0 times infinity there; the limit is 1 to the twelfth digit
      return 1;
    }
    if (n <= 140) {
      return Math.clamp(1 - new KolmogorovSmirnovTest().cdf(d, (int) n), 0, 1);
    }
    if (nd2 >= 2.2) {
      return Math.clamp(2 * smirnov(n, d), 0, 1);
    }
    int capped = (int) Math.min(n, Integer.MAX_VALUE);
    return Math.clamp(1 - new KolmogorovSmirnovTest().pelzGood(d, capped), 0, 1);
  }

  /**
   * Smirnov's one-sided tail, Birnbaum and Tingey (1951): {@code d sum_j C(n,j) (1-d-j/n)^(n-j)
   * (d+j/n)^(j-1)}, j from 0 to floor(n(1-d)). Past {@value #SUMMED} observations the expansion
   * {@code exp(-(6nd+1)^2/(18n))} (Maag and Dicaire 1971), which does not cost a term for each
   * observation and is then within 1e-3 of it down to p of 1e-6, and within 1e-2 down to 1e-12.
   */
  private static double smirnov(long n, double d) {
    if (n > SUMMED) {
      double root = 6 * n * d + 1;
      return Math.exp(-root * root / (18.0 * n));
    }
    double logFactorial = Gamma.logGamma(n + 1.0);
    double sum = 0;
    long terms = (long) Math.floor(n * (1 - d));
    for (long j = 0; j <= terms; j++) {
      double left = 1 - d - (double) j / n;
      double right = d + (double) j / n;
      if (left <= 0) {
        continue;
      }
      double log =
          logFactorial
              - Gamma.logGamma(j + 1.0)
              - Gamma.logGamma(n - j + 1.0)
              + (n - j) * Math.log(left)
              + (j - 1) * Math.log(right);
      sum += Math.exp(log);
    }
    return d * sum;
  }
}
