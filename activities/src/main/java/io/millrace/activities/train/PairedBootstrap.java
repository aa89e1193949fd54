package io.millrace.activities.train;

import io.millrace.activities.metrics.Beside;
import io.millrace.activities.metrics.Metrics;
import io.millrace.activities.metrics.RocAuc;
import io.millrace.workflows.spec.Task;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Differences of a metric between two models on the same resampled rows (Efron and Tibshirani 1993,
 * percentile intervals). Every comparison draws the same resamples.
 */
final class PairedBootstrap {
  private static final double TAIL = 0.025;

  /** Work of one comparison, rows times resamples: about two seconds. */
  private static final long WORK = 200_000_000;

  private static final int MOST = 1000;
  private static final int LEAST = 200;

  private final Task task;
  private final Metrics metric;
  private final double[] labels;
  private final Beside beside;
  private final long seed;
  private final Runnable alive;

  /**
   * @param alive called now and then
   */
  PairedBootstrap(Task task, Metrics metric, double[] labels, long seed, Runnable alive) {
    this(task, metric, labels, Beside.NOTHING, seed, alive);
  }

  /**
   * @param beside what a metric looks at that labels and scores do not tell; a user drawn row by
   *     row is ranked by the rows that were drawn
   */
  PairedBootstrap(
      Task task, Metrics metric, double[] labels, Beside beside, long seed, Runnable alive) {
    this.task = task;
    this.metric = metric;
    this.labels = labels;
    this.beside = beside;
    this.seed = seed;
    this.alive = alive;
  }

  /** 95 % of the differences lie in it. */
  record Interval(double low, double high) {}

  /** Of {@code metric(a) - metric(b)}; resamples on which it is not defined are left out. */
  Interval difference(float[] a, double thresholdA, float[] b, double thresholdB) {
    return against(a, thresholdA).difference(b, thresholdB);
  }

  /** Everything that is compared with one model: its own resamples are measured once. */
  Comparison against(float[] scores, double threshold) {
    return new Comparison(resampled(scores, threshold));
  }

  /** See {@link #against}. */
  final class Comparison {
    private final double[] first;

    private Comparison(double[] first) {
      this.first = first;
    }

    /** Of the first model's metric less this one's. */
    Interval difference(float[] scores, double threshold) {
      double[] second = resampled(scores, threshold);
      double[] differences = new double[first.length];
      for (int r = 0; r < differences.length; r++) {
        differences[r] = first[r] - second[r];
      }
      double[] sorted = Arrays.stream(differences).filter(Double::isFinite).sorted().toArray();
      if (sorted.length == 0) {
        return new Interval(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);
      }
      int cut = (int) Math.floor(TAIL * sorted.length);
      return new Interval(sorted[cut], sorted[sorted.length - 1 - cut]);
    }
  }

  /** The metric on each resample; the same resamples for every model. */
  private double[] resampled(float[] scores, double threshold) {
    int n = labels.length;
    int resamples = (int) Math.max(LEAST, Math.min(MOST, WORK / n));
    RocAuc auc = metric == Metrics.ROC_AUC ? new RocAuc(labels, scores) : null;
    SplittableRandom random = new SplittableRandom(seed);
    double[] values = new double[resamples];
    int[] drawn = new int[n];
    int[] counts = new int[n];
    for (int r = 0; r < resamples; r++) {
      if (r % 50 == 0) {
        alive.run();
      }
      Arrays.fill(counts, 0);
      for (int i = 0; i < n; i++) {
        drawn[i] = random.nextInt(n);
        counts[drawn[i]]++;
      }
      values[r] = auc != null ? auc.weighted(counts) : value(drawn, scores, threshold);
    }
    return values;
  }

  private double value(int[] drawn, float[] scores, double threshold) {
    int width = scores.length / labels.length;
    double[] drawnLabels = new double[drawn.length];
    float[] drawnScores = new float[drawn.length * width];
    for (int i = 0; i < drawn.length; i++) {
      drawnLabels[i] = labels[drawn[i]];
      System.arraycopy(scores, drawn[i] * width, drawnScores, i * width, width);
    }
    return metric.value(task, drawnLabels, drawnScores, threshold, beside.only(drawn));
  }
}
