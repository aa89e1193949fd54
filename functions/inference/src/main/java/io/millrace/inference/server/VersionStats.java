package io.millrace.inference.server;

import io.millrace.inference.runtime.Prediction;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a version answered: totals for {@code /metrics}, and the last hour by seconds for a
 * rollout's analysis. Thread-safe.
 */
final class VersionStats {
  /** Upper bounds of the latency buckets of {@code /metrics}, seconds. */
  static final double[] BOUNDS = {
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10
  };

  static final int BINS = 20;
  private static final int SECONDS = 3_600;

  /** How a request ended. */
  enum Outcome {
    OK,
    /** The rows do not fit the model's schema. */
    INVALID,
    /** A defect. */
    ERROR
  }

  /** Sums since some second. */
  static final class Window {
    long requests;
    long errors;
    long invalid;
    long rows;
    double scoreSum;
    double scoreSquares;
    final long[] scores = new long[BINS];
    final LatencyHistogram latency = new LatencyHistogram();

    private void add(Window other) {
      requests += other.requests;
      errors += other.errors;
      invalid += other.invalid;
      rows += other.rows;
      scoreSum += other.scoreSum;
      scoreSquares += other.scoreSquares;
      for (int i = 0; i < BINS; i++) {
        scores[i] += other.scores[i];
      }
      latency.add(other.latency);
    }

    /** NaN of no rows. */
    double scoreMean() {
      return scoreSum / rows;
    }

    /** Of the population; NaN of no rows. */
    double scoreVariance() {
      return Math.max(0, scoreSquares / rows - scoreMean() * scoreMean());
    }
  }

  private record Second(long epochSecond, Window window) {}

  private final @Nullable Second[] seconds = new @Nullable Second[SECONDS];
  private final long[] outcomes = new long[Outcome.values().length];
  private final long[] buckets = new long[BOUNDS.length + 1];
  private double latencySum;
  private long rows;
  private long unexpectedMissing;

  /** Totals since the start, for {@code /metrics}. */
  record Totals(
      long[] outcomes, long[] buckets, double latencySum, long rows, long unexpectedMissing) {}

  synchronized void answered(
      Instant now, long micros, List<Prediction> predictions, boolean regression, long missing) {
    Window window = window(now.getEpochSecond());
    count(window, Outcome.OK, micros);
    rows += predictions.size();
    unexpectedMissing += missing;
    window.rows += predictions.size();
    for (Prediction prediction : predictions) {
      double score = prediction.score();
      window.scores[bin(score, regression)]++;
      window.scoreSum += score;
      window.scoreSquares += score * score;
    }
  }

  synchronized void failed(Instant now, long micros, Outcome outcome) {
    Window window = window(now.getEpochSecond());
    count(window, outcome, micros);
    window.errors++;
    window.invalid += outcome == Outcome.INVALID ? 1 : 0;
  }

  /** Sums of the seconds from {@code since} on, an hour at most. */
  synchronized Window since(Instant since) {
    Window sum = new Window();
    for (Second second : seconds) {
      if (second != null && second.epochSecond() >= since.getEpochSecond()) {
        sum.add(second.window());
      }
    }
    return sum;
  }

  /** True when there was any request. */
  synchronized boolean any() {
    return outcomes[0] + outcomes[1] + outcomes[2] > 0;
  }

  synchronized Totals totals() {
    return new Totals(outcomes.clone(), buckets.clone(), latencySum, rows, unexpectedMissing);
  }

  private void count(Window window, Outcome outcome, long micros) {
    outcomes[outcome.ordinal()]++;
    window.requests++;
    window.latency.add(micros);
    double seconds = micros / 1e6;
    latencySum += seconds;
    int i = 0;
    while (i < BOUNDS.length && seconds > BOUNDS[i]) {
      i++;
    }
    buckets[i]++;
  }

  private Window window(long epochSecond) {
    int at = (int) (epochSecond % SECONDS);
    Second second = seconds[at];
    if (second == null || second.epochSecond() != epochSecond) {
      second = new Second(epochSecond, new Window());
      seconds[at] = second;
    }
    return second.window();
  }

  /**
   * Equal bins of 0..1 for probabilities; for values, whose range nobody knows beforehand, equal
   * bins of asinh(value) in -20..20, the same for every version.
   */
  private static int bin(double score, boolean regression) {
    double unit = score;
    if (regression) {
      double asinh = Math.signum(score) * Math.log(Math.abs(score) + Math.hypot(score, 1));
      unit = (asinh + 20) / 40;
    }
    return Math.max(0, Math.min(BINS - 1, (int) (unit * BINS)));
  }
}
