package io.millrace.activities.metrics;

import io.millrace.workflows.spec.Task;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The metrics that objectives, gates and reports name. Scores are as {@code ModelRuntime} gives
 * them: {@code (rows, outputs)} row-major, one output for binary (probability of the positive
 * class) and regression (the value), one per class for multiclass. Labels are 0/1, the class index,
 * or the value.
 */
public enum Metrics {
  /**
   * Area under the ROC curve: the chance that a positive row scores above a negative one, ties
   * counted half (midranks; Hanley and McNeil 1982). Binary; needs both classes.
   */
  ROC_AUC(true, Task.BINARY) {
    @Override
    double of(Task task, double[] labels, float[] scores, double threshold) {
      return RocAuc.of(labels, scores);
    }
  },
  /**
   * Mean of {@code -ln p(true class)}, probabilities clipped to {@code [1e-7, 1 - 1e-7]}, which a
   * float32 score can still tell from 0 and 1.
   */
  LOG_LOSS(false, Task.BINARY, Task.MULTICLASS) {
    @Override
    double of(Task task, double[] labels, float[] scores, double threshold) {
      int width = scores.length / labels.length;
      double sum = 0;
      for (int i = 0; i < labels.length; i++) {
        double p =
            task == Task.BINARY
                ? (labels[i] > 0.5 ? scores[i] : 1.0 - scores[i])
                : scores[i * width + (int) labels[i]];
        // not Math.max: that would hide a NaN behind the bound on some inputs
        sum -= Math.log(p < 1e-7 ? 1e-7 : p > 1 - 1e-7 ? 1 - 1e-7 : p);
      }
      return sum / labels.length;
    }
  },
  /** Share of rows whose predicted class is the true one. */
  ACCURACY(true, Task.BINARY, Task.MULTICLASS) {
    @Override
    double of(Task task, double[] labels, float[] scores, double threshold) {
      int right = 0;
      for (int i = 0; i < labels.length; i++) {
        if (predicted(task, scores, i, scores.length / labels.length, threshold)
            == (int) labels[i]) {
          right++;
        }
      }
      return (double) right / labels.length;
    }
  },
  /**
   * {@code 2 TP / (2 TP + FP + FN)} of the positive class; for multiclass the plain mean over the
   * classes that occur in labels or predictions (macro). 0 when there is no true positive.
   */
  F1(true, Task.BINARY, Task.MULTICLASS) {
    @Override
    double of(Task task, double[] labels, float[] scores, double threshold) {
      int width = scores.length / labels.length;
      int classes = task == Task.BINARY ? 2 : width;
      long[] hits = new long[classes];
      long[] said = new long[classes];
      long[] are = new long[classes];
      for (int i = 0; i < labels.length; i++) {
        int predicted = predicted(task, scores, i, width, threshold);
        int label = (int) labels[i];
        said[predicted]++;
        are[label]++;
        if (predicted == label) {
          hits[label]++;
        }
      }
      if (task == Task.BINARY) {
        return said[1] + are[1] == 0 ? 0 : 2.0 * hits[1] / (said[1] + are[1]);
      }
      double sum = 0;
      int seen = 0;
      for (int c = 0; c < classes; c++) {
        if (said[c] + are[c] > 0) {
          sum += 2.0 * hits[c] / (said[c] + are[c]);
          seen++;
        }
      }
      return sum / seen;
    }
  },
  /** Root of the mean squared error, in the target's unit. */
  RMSE(false, Task.REGRESSION) {
    @Override
    double of(Task task, double[] labels, float[] scores, double threshold) {
      return Math.sqrt(squaredError(labels, scores) / labels.length);
    }
  },
  /** Mean absolute error, in the target's unit. */
  MAE(false, Task.REGRESSION) {
    @Override
    double of(Task task, double[] labels, float[] scores, double threshold) {
      double sum = 0;
      for (int i = 0; i < labels.length; i++) {
        sum += Math.abs(labels[i] - scores[i]);
      }
      return sum / labels.length;
    }
  },
  /** {@code 1 - squared error / squared deviation from the labels' mean}; needs two values. */
  R2(true, Task.REGRESSION) {
    @Override
    double of(Task task, double[] labels, float[] scores, double threshold) {
      double mean = Arrays.stream(labels).average().orElse(Double.NaN);
      double total = Arrays.stream(labels).map(y -> (y - mean) * (y - mean)).sum();
      return total == 0 ? Double.NaN : 1 - squaredError(labels, scores) / total;
    }
  },
  /**
   * {@code 1 - MAE / MAE of the seasonal-naive forecast}, both on the rows where the value one
   * season before is known (one minus the relative MAE of Hyndman and Koehler 2006): 0 is as good
   * as repeating the past, 1 is perfect, less than 0 is worse than no model. NaN when the naive
   * forecast is never wrong.
   */
  SKILL(true, Task.FORECAST) {
    @Override
    double of(double[] labels, float[] scores, Beside beside) {
      double[] naive = beside.naive();
      if (naive == null) {
        return Double.NaN;
      }
      double own = 0;
      double repeated = 0;
      for (int i = 0; i < labels.length; i++) {
        if (!Double.isNaN(naive[i])) {
          own += Math.abs(labels[i] - scores[i]);
          repeated += Math.abs(labels[i] - naive[i]);
        }
      }
      return repeated > 0 ? 1 - own / repeated : Double.NaN;
    }
  },
  /** Mean over users of {@link Ranking#ndcg}. */
  NDCG_AT_10(true, Task.RECOMMEND) {
    @Override
    double of(double[] labels, float[] scores, Beside beside) {
      int[] groups = beside.groups();
      return groups == null ? Double.NaN : Ranking.mean(Ranking.ndcg(labels, scores, groups));
    }
  },
  /** Mean over users of {@link Ranking#recall}. */
  RECALL_AT_10(true, Task.RECOMMEND) {
    @Override
    double of(double[] labels, float[] scores, Beside beside) {
      int[] groups = beside.groups();
      return groups == null
          ? Double.NaN
          : Ranking.mean(Ranking.recall(labels, scores, groups, beside.relevant()));
    }
  };

  private final boolean maximise;
  private final List<Task> tasks;

  Metrics(boolean maximise, Task... tasks) {
    this.maximise = maximise;
    this.tasks = List.of(tasks);
  }

  double of(Task task, double[] labels, float[] scores, double threshold) {
    return Double.NaN;
  }

  /** The same for a metric that looks beside; the threshold is none of theirs. */
  double of(double[] labels, float[] scores, Beside beside) {
    return Double.NaN;
  }

  /** As the spec writes it: {@code roc-auc}, {@code ndcg@10}. */
  public String word() {
    return name().toLowerCase(Locale.ROOT).replace("_at_", "@").replace('_', '-');
  }

  /** Whether more is better. */
  public boolean maximise() {
    return maximise;
  }

  /** Whether labels and scores do not tell it. */
  public boolean beside() {
    return this == SKILL || this == NDCG_AT_10 || this == RECALL_AT_10;
  }

  /** Whether the metric says anything about such a task. */
  public boolean fits(Task task) {
    return tasks.contains(task) || tasks.contains(task.scored());
  }

  /**
   * The metric's value; NaN where it is not defined: no rows, one class only for {@code roc-auc},
   * equal labels for {@code r2}, a score that is NaN.
   *
   * @param threshold a binary score at or above it counts as positive; only {@code accuracy} and
   *     {@code f1} look at it
   */
  public double value(Task task, double[] labels, float[] scores, double threshold) {
    return value(task, labels, scores, threshold, Beside.NOTHING);
  }

  /** The same of rows with something beside; NaN also where a metric needs what is not there. */
  public double value(Task task, double[] labels, float[] scores, double threshold, Beside beside) {
    if (labels.length == 0) {
      return Double.NaN;
    }
    if (scores.length % labels.length != 0
        || (task.scored() != Task.MULTICLASS && scores.length != labels.length)) {
      throw new IllegalArgumentException(
          "scores: " + scores.length + " (expected: one row for each of " + labels.length + ")");
    }
    for (float score : scores) {
      if (Float.isNaN(score)) {
        return Double.NaN;
      }
    }
    return beside() ? of(labels, scores, beside) : of(task, labels, scores, threshold);
  }

  /** By its word in the spec; empty when there is no such metric. */
  public static Optional<Metrics> named(String word) {
    return Arrays.stream(values()).filter(m -> m.word().equals(word)).findFirst();
  }

  /** Every metric of a task, in the order a report shows them. */
  public static List<Metrics> of(Task task) {
    return Arrays.stream(values()).filter(m -> m.fits(task)).toList();
  }

  private static int predicted(Task task, float[] scores, int row, int width, double threshold) {
    if (task == Task.BINARY) {
      return scores[row] >= threshold ? 1 : 0;
    }
    int best = 0;
    for (int c = 1; c < width; c++) {
      if (scores[row * width + c] > scores[row * width + best]) {
        best = c;
      }
    }
    return best;
  }

  private static double squaredError(double[] labels, float[] scores) {
    double sum = 0;
    for (int i = 0; i < labels.length; i++) {
      double error = labels[i] - scores[i];
      sum += error * error;
    }
    return sum;
  }
}
