package io.millrace.activities.gate;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * Percentile bootstrap: rows are drawn with replacement, the metric is measured on each draw, the
 * quantiles of what was measured bound it (Efron and Tibshirani, An Introduction to the Bootstrap,
 * 1993, ch. 13). Equal seeds give equal intervals.
 */
final class Bootstrap {
  /** Draws; the 2.5 % quantile is then the 50th smallest. */
  static final int RESAMPLES = 2000;

  /** Share of draws in which a metric may be undefined before its interval is. */
  private static final double UNDEFINED = 0.01;

  private final long seed;
  private final int resamples;
  private final Runnable pulse;

  /**
   * @param pulse called between draws; may throw to stop
   */
  Bootstrap(long seed, int resamples, Runnable pulse) {
    this.seed = seed;
    this.resamples = resamples;
    this.pulse = pulse;
  }

  /** What was measured over the draws, ascending. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Distribution(double[] sorted) {
    /** Quantile with linear interpolation, {@code rank} 0..1. */
    double quantile(double rank) {
      double at = rank * (sorted.length - 1);
      int below = (int) Math.floor(at);
      int above = Math.min(below + 1, sorted.length - 1);
      return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
    }

    /** Lower end of the central interval that holds the value with this confidence, 0..1. */
    double low(double confidence) {
      return quantile((1 - confidence) / 2);
    }

    /** Upper end of the same. */
    double high(double confidence) {
      return quantile((1 + confidence) / 2);
    }
  }

  /** The distribution of one metric; empty when too many draws leave it undefined. */
  Optional<Distribution> of(WeightedMetric metric, int rows) {
    return all(List.of(metric), rows).getFirst();
  }

  /**
   * The distribution of {@code a - b}, both measured on the same draws: paired, so what the rows
   * have in common cancels.
   */
  Optional<Distribution> difference(WeightedMetric a, WeightedMetric b, int rows) {
    return of(counts -> a.value(counts) - b.value(counts), rows);
  }

  /** The distributions of several metrics over the same draws. */
  List<Optional<Distribution>> all(List<WeightedMetric> metrics, int rows) {
    double[][] values = new double[metrics.size()][resamples];
    if (rows == 0) {
      return metrics.stream().map(m -> Optional.<Distribution>empty()).toList();
    }
    SplittableRandom random = new SplittableRandom(seed);
    int[] counts = new int[rows];
    for (int r = 0; r < resamples; r++) {
      Arrays.fill(counts, 0);
      for (int i = 0; i < rows; i++) {
        counts[random.nextInt(rows)]++;
      }
      for (int m = 0; m < values.length; m++) {
        values[m][r] = metrics.get(m).value(counts);
      }
      pulse.run();
    }
    return Arrays.stream(values).map(this::distribution).toList();
  }

  private Optional<Distribution> distribution(double[] values) {
    double[] defined = Arrays.stream(values).filter(Double::isFinite).sorted().toArray();
    return defined.length == 0 || resamples - defined.length > UNDEFINED * resamples
        ? Optional.empty()
        : Optional.of(new Distribution(defined));
  }
}
