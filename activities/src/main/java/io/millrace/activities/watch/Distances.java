package io.millrace.activities.watch;

import io.millrace.inference.profile.NumberProfile;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Distances between two distributions: how far apart they are, whatever the number of rows, where a
 * p-value says only whether they differ. Those of counts take both sides' counts of the same bins,
 * at least one row on each side.
 */
public final class Distances {
  /** What Evidently puts for an empty bin, unless the least share is below it. */
  private static final double EMPTY = 1e-4;

  private static final double EMPTY_FRACTION = 1e-6;

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
   * Kullback-Leibler divergence of the reference from the current side, {@code sum p ln(p / q)}
   * (Kullback and Leibler 1951), natural logarithm, empty bins filled as Evidently does: with 1e-4,
   * or a millionth of the least share that is not 0 where that is at most 1e-4; then each side is
   * made to sum to 1.
   */
  public static double kullbackLeibler(double[] reference, double[] current) {
    double[] p = shares(filled(reference));
    double[] q = shares(filled(current));
    double sum = 0;
    for (int i = 0; i < p.length; i++) {
      sum += p[i] * Math.log(p[i] / q[i]);
    }
    return sum;
  }

  /**
   * PSI as Evidently has it, over shares filled as in {@link #kullbackLeibler} and not made to sum
   * to 1 again; {@link StabilityIndex} floors every share instead.
   */
  public static double evidentlyPsi(double[] reference, double[] current) {
    return StabilityIndex.ofShares(filled(reference), filled(current), 0);
  }

  /**
   * Hellinger distance, {@code sqrt(sum (sqrt p - sqrt q)^2 / 2)}, 0 equal to 1 disjoint (Hellinger
   * 1909; in this form Nikulin 2001).
   */
  public static double hellinger(double[] reference, double[] current) {
    double[] p = shares(reference);
    double[] q = shares(current);
    double sum = 0;
    for (int i = 0; i < p.length; i++) {
      double d = Math.sqrt(p[i]) - Math.sqrt(q[i]);
      sum += d * d;
    }
    return Math.sqrt(sum / 2);
  }

  /** Total variation, {@code sum |p - q| / 2}: the share of rows that would have to change. */
  public static double totalVariation(double[] reference, double[] current) {
    double[] p = shares(reference);
    double[] q = shares(current);
    double sum = 0;
    for (int i = 0; i < p.length; i++) {
      sum += Math.abs(p[i] - q[i]);
    }
    return sum / 2;
  }

  /** L-infinity, {@code max |p - q|}: the greatest change of one level's share. */
  public static double greatest(double[] reference, double[] current) {
    double[] p = shares(reference);
    double[] q = shares(current);
    double most = 0;
    for (int i = 0; i < p.length; i++) {
      most = Math.max(most, Math.abs(p[i] - q[i]));
    }
    return most;
  }

  private static double[] shares(double[] counts) {
    double n = Arrays.stream(counts).sum();
    return Arrays.stream(counts).map(c -> c / n).toArray();
  }

  private static double[] filled(double[] counts) {
    double[] shares = shares(counts);
    double least = Arrays.stream(shares).filter(p -> p > 0).min().orElse(1);
    double fill = least > EMPTY ? EMPTY : least * EMPTY_FRACTION;
    return Arrays.stream(shares).map(p -> p == 0 ? fill : p).toArray();
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

  /**
   * The same on profiles, the integral over every value that either holds: exact while both hold
   * every row, else each side's share is off by at most its rank error.
   */
  public static double wasserstein(NumberProfile reference, NumberProfile current) {
    if (reference.count() == 0 || current.count() == 0) {
      return 0;
    }
    double[] distance = {0};
    CumulativeShares.walk(
        reference,
        current,
        (before, now, from, to) -> distance[0] += Math.abs(before - now) * (to - from));
    return distance[0];
  }

  /**
   * Wasserstein distance in units of the reference's standard deviation (of the population), as
   * Evidently norms it, so that one threshold fits every column. Of a constant reference: 0 when
   * nothing changed, else 1, since any change is then a whole deviation or more.
   */
  public static double normedWasserstein(NumberProfile reference, NumberProfile current) {
    double distance = wasserstein(reference, current);
    double deviation = Math.sqrt(reference.variance());
    if (distance == 0 || reference.count() == 0) {
      return 0;
    }
    return deviation > 0 ? distance / deviation : 1;
  }

  private static int[] order(double[] values) {
    return IntStream.range(0, values.length)
        .boxed()
        .sorted((x, y) -> Double.compare(values[x], values[y]))
        .mapToInt(Integer::intValue)
        .toArray();
  }
}
