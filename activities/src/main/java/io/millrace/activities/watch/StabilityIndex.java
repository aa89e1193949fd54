package io.millrace.activities.watch;

import io.millrace.inference.profile.NumberProfile;
import java.util.Arrays;

/**
 * Population stability index, {@code sum (q - p) ln(q / p)} over bins, p the reference's shares and
 * q the current ones (Kullback's J divergence; Siddiqi 2006 reads below .1 as stable, .1 to .25 as
 * moved, above as another population). It does not grow with the number of rows, so it says whether
 * a difference matters where a p-value says whether it is there.
 *
 * <p>Numbers are binned by the reference's deciles (linear interpolation, equal ones once, outer
 * edges open, bins {@code [low, high)}); categories by level. A share below {@value #FLOOR} counts
 * as {@value #FLOOR}, without making the shares sum to 1 again. That choice matters: [.25, .25,
 * .25, .25] against [.5, .3, .2, 0] is 2.15 at 1e-4, 3.30 at 1e-6 and 5.60 at 1e-10.
 */
public final class StabilityIndex {
  /** Least share of a bin. */
  public static final double FLOOR = 1e-4;

  private static final int BINS = 10;

  private StabilityIndex() {}

  /** Of shares, 0..1 each. */
  public static double ofShares(double[] reference, double[] current, double floor) {
    double psi = 0;
    for (int i = 0; i < reference.length; i++) {
      double p = Math.max(reference[i], floor);
      double q = Math.max(current[i], floor);
      psi += (q - p) * Math.log(q / p);
    }
    return psi;
  }

  /** Of counts of the same levels; 0 when a side is empty. */
  public static double ofCounts(double[] reference, double[] current) {
    double n = Arrays.stream(reference).sum();
    double m = Arrays.stream(current).sum();
    if (n == 0 || m == 0) {
      return 0;
    }
    return ofShares(
        Arrays.stream(reference).map(c -> c / n).toArray(),
        Arrays.stream(current).map(c -> c / m).toArray(),
        FLOOR);
  }

  /** Of raw samples without NaN; 0 when a side is empty. */
  public static double of(double[] reference, double[] current) {
    if (reference.length == 0 || current.length == 0) {
      return 0;
    }
    double[] a = reference.clone();
    double[] b = current.clone();
    Arrays.sort(a);
    Arrays.sort(b);
    double[] edges = new double[BINS - 1];
    for (int i = 1; i < BINS; i++) {
      double at = (a.length - 1) * ((double) i / BINS);
      int low = (int) Math.floor(at);
      int high = Math.min(low + 1, a.length - 1);
      edges[i - 1] = a[low] + (a[high] - a[low]) * (at - low);
    }
    double[] cuts = inner(edges, a[0], a[a.length - 1]);
    return ofShares(
        shares(cuts, x -> (double) SortedNumbers.below(a, x) / a.length),
        shares(cuts, x -> (double) SortedNumbers.below(b, x) / b.length),
        FLOOR);
  }

  /** Of profiles, within their rank errors; 0 when a side is empty. */
  public static double of(NumberProfile reference, NumberProfile current) {
    if (reference.count() == 0 || current.count() == 0) {
      return 0;
    }
    double[] cuts = cuts(reference);
    // the share below x: cdf counts x itself
    return ofShares(
        shares(cuts, x -> reference.cdf(Math.nextDown(x))),
        shares(cuts, x -> current.cdf(Math.nextDown(x))),
        FLOOR);
  }

  /** The reference's inner decile edges, ascending, each once. */
  static double[] cuts(NumberProfile reference) {
    double[] edges = new double[BINS - 1];
    for (int i = 1; i < BINS; i++) {
      edges[i - 1] = reference.quantile((double) i / BINS);
    }
    return inner(edges, reference.min(), reference.max());
  }

  /** Share of values below x. */
  interface Below {
    double share(double x);
  }

  /** Shares of the bins between the cuts, the outer two open. */
  static double[] shares(double[] cuts, Below below) {
    double[] shares = new double[cuts.length + 1];
    double last = 0;
    for (int i = 0; i < cuts.length; i++) {
      double next = below.share(cuts[i]);
      shares[i] = Math.max(0, next - last);
      last = next;
    }
    shares[cuts.length] = Math.max(0, 1 - last);
    return shares;
  }

  /** Equal edges once; the least and the greatest value are the outer edges, which are open. */
  private static double[] inner(double[] edges, double min, double max) {
    double[] inner = Arrays.stream(edges).filter(x -> x > min && x < max).distinct().toArray();
    if (inner.length == 0 && min < max) {
      // every decile is the least or the greatest value: the least, or all below the greatest,
      // apart
      return new double[] {edges[0] > min ? max : Math.nextUp(min)};
    }
    if (inner.length == 0) {
      // a constant: below it, it, above it
      return new double[] {min, Math.nextUp(min)};
    }
    return inner;
  }
}
