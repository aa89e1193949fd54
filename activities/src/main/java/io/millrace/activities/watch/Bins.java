package io.millrace.activities.watch;

import java.util.Arrays;
import java.util.TreeMap;
import java.util.function.DoubleUnaryOperator;

/**
 * Rows of two samples of numbers, counted in the same bins. Three ways to bin are here because
 * published values depend on them; the profile path has its own ({@link StabilityIndex}).
 *
 * @param reference rows per bin
 * @param current rows per bin
 */
public record Bins(double[] reference, double[] current) {
  /** Evidently counts up to this many different reference values as levels. */
  private static final int LEVELS = 20;

  /** NannyML's limit, and the share of the rows from which values count as continuous. */
  private static final int NANNYML_LEVELS = 50;

  private static final double NANNYML_SHARE = 0.1;

  /**
   * Evidently's bins ({@code get_binned_data}): levels where the reference has at most 20 different
   * values, else {@link #sturges}.
   *
   * @param reference without NaN, not empty; {@code current} likewise
   */
  public static Bins evidently(double[] reference, double[] current) {
    return Arrays.stream(reference).distinct().count() > LEVELS
        ? sturges(reference, current)
        : levels(reference, current);
  }

  /**
   * NannyML's bins: levels where the reference has at most 50 different values that are at most a
   * tenth of its rows, else numpy's {@code doane} edges of the reference alone (Doane 1976), which
   * leave what lies outside of them to one more bin.
   */
  public static Bins nannyml(double[] reference, double[] current) {
    long distinct = Arrays.stream(reference).distinct().count();
    if (distinct <= NANNYML_LEVELS && distinct <= NANNYML_SHARE * reference.length) {
      return levels(reference, current);
    }
    double[] edges = doane(reference);
    double[] before = counts(edges, reference);
    double[] now = counts(edges, current);
    double outside = current.length - Arrays.stream(now).sum();
    before = Arrays.copyOf(before, before.length + 1);
    now = Arrays.copyOf(now, now.length + 1);
    now[now.length - 1] = outside;
    return new Bins(before, now);
  }

  /**
   * {@code ceil(log2(n) + 1)} equal bins over both samples together, n all their values (Sturges
   * 1926; numpy's {@code sturges}).
   */
  public static Bins sturges(double[] reference, double[] current) {
    double[] both = Arrays.copyOf(reference, reference.length + current.length);
    System.arraycopy(current, 0, both, reference.length, current.length);
    double[] edges = edges(both, range -> range / (log2(both.length) + 1));
    return new Bins(counts(edges, reference), counts(edges, current));
  }

  private static Bins levels(double[] reference, double[] current) {
    TreeMap<Double, double[]> levels = new TreeMap<>();
    for (double x : reference) {
      levels.computeIfAbsent(x, any -> new double[2])[0]++;
    }
    for (double x : current) {
      levels.computeIfAbsent(x, any -> new double[2])[1]++;
    }
    return new Bins(
        levels.values().stream().mapToDouble(c -> c[0]).toArray(),
        levels.values().stream().mapToDouble(c -> c[1]).toArray());
  }

  private static double[] doane(double[] x) {
    double n = x.length;
    double mean = Arrays.stream(x).sum() / n;
    double deviation = Math.sqrt(Arrays.stream(x).map(v -> (v - mean) * (v - mean)).sum() / n);
    double skew =
        deviation == 0
            ? 0
            : Arrays.stream(x).map(v -> Math.pow((v - mean) / deviation, 3)).sum() / n;
    double spread = Math.sqrt(6 * (n - 2) / ((n + 1) * (n + 3)));
    return edges(x, range -> range / (1 + log2(n) + log2(1 + Math.abs(skew) / spread)));
  }

  private static double[] edges(double[] x, DoubleUnaryOperator width) {
    double min = Arrays.stream(x).min().orElseThrow();
    double max = Arrays.stream(x).max().orElseThrow();
    if (min == max) {
      return new double[] {min - 0.5, max + 0.5};
    }
    int bins = Math.max(1, (int) Math.ceil((max - min) / width.applyAsDouble(max - min)));
    double step = (max - min) / bins;
    double[] edges = new double[bins + 1];
    for (int i = 0; i < bins; i++) {
      edges[i] = min + i * step;
    }
    edges[bins] = max;
    return edges;
  }

  /** Bins are {@code [low, high)}, the last {@code [low, high]}; what is outside is not counted. */
  private static double[] counts(double[] edges, double[] values) {
    int last = edges.length - 1;
    double[] counts = new double[last];
    for (double x : values) {
      if (x >= edges[0] && x <= edges[last]) {
        int at = Arrays.binarySearch(edges, x);
        int bin = at >= 0 ? at : -at - 2;
        counts[Math.min(bin, last - 1)]++;
      }
    }
    return counts;
  }

  private static double log2(double x) {
    return Math.log(x) / Math.log(2);
  }
}
