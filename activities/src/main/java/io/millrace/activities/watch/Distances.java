package io.millrace.activities.watch;

import io.millrace.inference.profile.NumberProfile;
import java.util.Arrays;
import java.util.stream.IntStream;

/** Distances between two distributions that are reported beside the verdict. */
public final class Distances {
  private static final int RANKS = 1_000;

  private Distances() {}

  /**
   * Jensen-Shannon distance, {@code sqrt((KL(p|m) + KL(q|m)) / 2)} with m their mean (Endres and
   * Schindelin 2003), over the union of bins as Evidently and scipy do; NannyML uses base 2 and the
   * reference's bins only.
   *
   * @param reference counts or shares, made to sum to 1
   * @param current of the same bins
   * @param base of the logarithm; the greatest distance is {@code sqrt(log_base 2)}: .833 for e, 1
   *     for 2
   */
  public static double jensenShannon(double[] reference, double[] current, double base) {
    double n = Arrays.stream(reference).sum();
    double m = Arrays.stream(current).sum();
    double sum = 0;
    for (int i = 0; i < reference.length; i++) {
      double p = reference[i] / n;
      double q = current[i] / m;
      sum += term(p, (p + q) / 2) + term(q, (p + q) / 2);
    }
    return Math.sqrt(Math.max(0, sum / 2 / Math.log(base)));
  }

  private static double term(double p, double mean) {
    return p == 0 ? 0 : p * Math.log(p / mean);
  }

  /**
   * First Wasserstein distance, {@code integral |F - G|} (Vaserstein 1969), in the column's unit:
   * how far the mass has to be moved.
   */
  public static double wasserstein(double[] reference, double[] current) {
    double[] one = new double[reference.length];
    double[] two = new double[current.length];
    Arrays.fill(one, 1);
    Arrays.fill(two, 1);
    return wasserstein(reference, one, current, two);
  }

  /** The same with a weight for each value. */
  public static double wasserstein(double[] u, double[] uWeights, double[] v, double[] vWeights) {
    int[] a = order(u);
    int[] b = order(v);
    double n = Arrays.stream(uWeights).sum();
    double m = Arrays.stream(vWeights).sum();
    double distance = 0;
    double f = 0;
    double g = 0;
    int i = 0;
    int j = 0;
    double x = Double.NaN;
    while (i < a.length || j < b.length) {
      boolean first = j == b.length || (i < a.length && u[a[i]] <= v[b[j]]);
      double next = first ? u[a[i]] : v[b[j]];
      if (!Double.isNaN(x)) {
        distance += Math.abs(f / n - g / m) * (next - x);
      }
      x = next;
      if (first) {
        f += uWeights[a[i++]];
      } else {
        g += vWeights[b[j++]];
      }
    }
    return distance;
  }

  /** The same on profiles: the mean difference of their quantiles. */
  public static double wasserstein(NumberProfile reference, NumberProfile current) {
    double sum = 0;
    for (int i = 0; i < RANKS; i++) {
      double rank = (i + 0.5) / RANKS;
      sum += Math.abs(reference.quantile(rank) - current.quantile(rank));
    }
    return sum / RANKS;
  }

  private static int[] order(double[] values) {
    return IntStream.range(0, values.length)
        .boxed()
        .sorted((x, y) -> Double.compare(values[x], values[y]))
        .mapToInt(Integer::intValue)
        .toArray();
  }
}
