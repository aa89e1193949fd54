package io.millrace.activities.gate;

import io.millrace.activities.metrics.Metrics;
import io.millrace.activities.metrics.Ranking;
import io.millrace.activities.metrics.RocAuc;
import io.millrace.workflows.spec.Task;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * The metrics of {@link Metrics}, able to be measured again under other row counts; measured on
 * each row once they give the same. Where {@code f1} has nothing to go by it is NaN here, not 0.
 */
final class WeightedMetrics {
  /** As {@link Metrics#LOG_LOSS}. */
  private static final double CLIP = 1e-7;

  private WeightedMetrics() {}

  /** Every metric of a task, in the order a report shows them. */
  static List<String> names(Task task) {
    return Metrics.of(task).stream().map(Metrics::word).toList();
  }

  /** False for losses and errors. */
  static boolean moreIsBetter(String metric) {
    return Metrics.named(metric).map(Metrics::maximise).orElse(false);
  }

  /** The metric over these rows; empty when the task has none of that name. */
  static Optional<WeightedMetric> of(String name, Scored rows) {
    if (!names(rows.task()).contains(name)) {
      return Optional.empty();
    }
    return Optional.of(
        switch (rows.task()) {
          case BINARY -> binary(name, rows);
          case MULTICLASS, IMAGE -> multiclass(name, rows);
          case REGRESSION, FORECAST, RECOMMEND -> regression(name, rows);
        });
  }

  /** Each row once. */
  static int[] once(int rows) {
    int[] counts = new int[rows];
    Arrays.fill(counts, 1);
    return counts;
  }

  private static WeightedMetric binary(String name, Scored rows) {
    return switch (name) {
      case "roc-auc" -> new RocAuc(rows.labels(), rows.scores())::weighted;
      case "log-loss" -> mean(rows, row -> loss(positive(rows, row), rows.score(row, 0)));
      case "accuracy" -> mean(rows, row -> called(rows, row) == positive(rows, row) ? 1 : 0);
      case "f1" -> f1(rows);
      default -> throw new IllegalStateException(name);
    };
  }

  private static WeightedMetric multiclass(String name, Scored rows) {
    return switch (name) {
      case "accuracy" -> mean(rows, row -> top(rows, row) == label(rows, row) ? 1 : 0);
      case "log-loss" -> mean(rows, row -> -Math.log(clip(rows.score(row, label(rows, row)))));
      case "f1" -> macroF1(rows);
      default -> throw new IllegalStateException(name);
    };
  }

  private static WeightedMetric regression(String name, Scored rows) {
    return switch (name) {
      case "rmse" -> {
        WeightedMetric mse = mean(rows, row -> square(error(rows, row)));
        yield counts -> Math.sqrt(mse.value(counts));
      }
      case "mae" -> mean(rows, row -> Math.abs(error(rows, row)));
      case "r2" -> r2(rows);
      case "skill" -> skill(rows);
      case "ndcg@10" -> perUser(rows, g -> Ranking.ndcg(rows.labels(), rows.scores(), g));
      case "recall@10" ->
          perUser(
              rows, g -> Ranking.recall(rows.labels(), rows.scores(), g, rows.beside().relevant()));
      default -> throw new IllegalStateException(name);
    };
  }

  private interface PerRow {
    double of(int row);
  }

  private static WeightedMetric mean(Scored rows, PerRow each) {
    double[] values = new double[rows.rows()];
    Arrays.setAll(values, each::of);
    return counts -> {
      double sum = 0;
      long total = 0;
      for (int i = 0; i < values.length; i++) {
        // a NaN must not slip through as 0 x NaN would, nor count when its row is left out
        if (counts[i] > 0) {
          sum += counts[i] * values[i];
          total += counts[i];
        }
      }
      return total == 0 ? Double.NaN : sum / total;
    };
  }

  /** Harmonic mean of precision and recall of the positive class; NaN without positives at all. */
  private static WeightedMetric f1(Scored rows) {
    return counts -> {
      long hit = 0;
      long wrong = 0;
      for (int i = 0; i < counts.length; i++) {
        boolean called = called(rows, i);
        boolean positive = positive(rows, i);
        if (called && positive) {
          hit += counts[i];
        } else if (called || positive) {
          wrong += counts[i];
        }
      }
      return hit + wrong == 0 ? Double.NaN : 2.0 * hit / (2.0 * hit + wrong);
    };
  }

  /** Mean of the classes' F1, over classes that are there or were called. */
  private static WeightedMetric macroF1(Scored rows) {
    int classes = rows.outputs();
    return counts -> {
      long[] hit = new long[classes];
      long[] wrong = new long[classes];
      for (int i = 0; i < counts.length; i++) {
        int called = top(rows, i);
        int label = label(rows, i);
        if (called == label) {
          hit[label] += counts[i];
        } else {
          wrong[called] += counts[i];
          wrong[label] += counts[i];
        }
      }
      double sum = 0;
      int there = 0;
      for (int c = 0; c < classes; c++) {
        if (hit[c] + wrong[c] > 0) {
          sum += 2.0 * hit[c] / (2.0 * hit[c] + wrong[c]);
          there++;
        }
      }
      return there == 0 ? Double.NaN : sum / there;
    };
  }

  /** Share of variance explained; NaN for a constant target. */
  private static WeightedMetric r2(Scored rows) {
    return counts -> {
      double mean = 0;
      double squares = 0;
      double residual = 0;
      long total = 0;
      for (int i = 0; i < counts.length; i++) {
        if (counts[i] > 0) {
          // Welford's update with a weight: stable for targets far from 0
          total += counts[i];
          double away = rows.labels()[i] - mean;
          mean += away * counts[i] / total;
          squares += counts[i] * away * (rows.labels()[i] - mean);
          residual += counts[i] * square(error(rows, i));
        }
      }
      return squares > 0 ? 1 - residual / squares : Double.NaN;
    };
  }

  /** As {@link Metrics#SKILL}; NaN without a naive forecast. */
  private static WeightedMetric skill(Scored rows) {
    double[] naive = rows.beside().naive();
    if (naive == null) {
      return counts -> Double.NaN;
    }
    return counts -> {
      double own = 0;
      double repeated = 0;
      for (int i = 0; i < counts.length; i++) {
        if (counts[i] > 0 && !Double.isNaN(naive[i])) {
          own += counts[i] * Math.abs(error(rows, i));
          repeated += counts[i] * Math.abs(naive[i] - rows.labels()[i]);
        }
      }
      return repeated > 0 ? 1 - own / repeated : Double.NaN;
    };
  }

  /**
   * The mean over users, each counted as often as the first of their rows: rows of one user depend
   * on each other, so what is drawn is users.
   */
  private static WeightedMetric perUser(
      Scored rows, Function<int[], List<Ranking.PerUser>> measure) {
    int[] groups = rows.beside().groups();
    if (groups == null) {
      return counts -> Double.NaN;
    }
    List<Ranking.PerUser> users = measure.apply(groups);
    return counts -> {
      double sum = 0;
      long total = 0;
      for (Ranking.PerUser user : users) {
        sum += counts[user.row()] * user.value();
        total += counts[user.row()];
      }
      return total == 0 ? Double.NaN : sum / total;
    };
  }

  private static double loss(boolean positive, double score) {
    return -Math.log(clip(positive ? score : 1.0 - score));
  }

  private static double clip(double probability) {
    return Math.min(1 - CLIP, Math.max(CLIP, probability));
  }

  private static double square(double x) {
    return x * x;
  }

  private static double error(Scored rows, int row) {
    return rows.score(row, 0) - rows.labels()[row];
  }

  private static int label(Scored rows, int row) {
    return (int) rows.labels()[row];
  }

  private static boolean positive(Scored rows, int row) {
    return rows.labels()[row] == 1;
  }

  private static boolean called(Scored rows, int row) {
    return rows.score(row, 0) >= rows.threshold();
  }

  private static int top(Scored rows, int row) {
    int best = 0;
    for (int c = 1; c < rows.outputs(); c++) {
      if (rows.score(row, c) > rows.score(row, best)) {
        best = c;
      }
    }
    return best;
  }
}
