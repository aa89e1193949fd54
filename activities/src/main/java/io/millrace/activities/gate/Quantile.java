package io.millrace.activities.gate;

import io.millrace.workflows.ref.Metric;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Quantiles of measured times with the 95 % interval by order statistics (binomial ranks, normal
 * approximation). A quantile that lies beyond the greatest of few times is the greatest.
 */
final class Quantile {
  static final Map<String, Double> RANKS =
      Map.of("p50", 0.50, "p90", 0.90, "p95", 0.95, "p99", 0.99);

  private final double[] sorted;

  private Quantile(double[] sorted) {
    this.sorted = sorted;
  }

  /** Of any finite times, at least one. */
  static Quantile of(double[] times) {
    double[] sorted = times.clone();
    Arrays.sort(sorted);
    return new Quantile(sorted);
  }

  static Quantile of(List<Double> times) {
    return of(times.stream().mapToDouble(Double::doubleValue).toArray());
  }

  /**
   * @param rank a key of {@link #RANKS}
   */
  Metric metric(String name, String rank) {
    double share = RANKS.getOrDefault(rank, Double.NaN);
    double spread = 1.96 * Math.sqrt(sorted.length * share * (1 - share));
    return new Metric(
        name,
        at(share * sorted.length),
        at(share * sorted.length - spread),
        at(share * sorted.length + spread + 1),
        sorted.length);
  }

  /** The value with this 1-based rank, rounded up. */
  private double at(double rank) {
    int index = (int) Math.ceil(rank) - 1;
    return sorted[Math.clamp(index, 0, sorted.length - 1)];
  }
}
