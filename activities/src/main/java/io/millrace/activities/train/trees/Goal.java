package io.millrace.activities.train.trees;

import io.millrace.workflows.spec.Task;

/**
 * What the sums of trees mean and what is minimised, by task.
 *
 * @param outputs trees a round grows: one, or one per class
 * @param start {@code (outputs)} margin before the first tree: log-odds of the positive class, log
 *     frequencies of the classes, 0 for a regression
 * @param mean of the target on the training split; regression only, 0 otherwise
 * @param scale standard deviation of the target there, 1 when it is 0; 1 when no regression. Trees
 *     learn the scaled target, so that penalties mean the same whatever its unit
 * @param weights {@code (classes)} of a row by its class; empty when all count 1
 */
record Goal(Task task, int outputs, float[] start, double mean, double scale, float[] weights) {
  /** A class that the training split lacks is taken for this rare, not for impossible. */
  private static final double RAREST = 1e-6;

  /**
   * @param scored what a score is: binary, multiclass or regression
   * @param balanced whether every class is given the same weight in all
   */
  static Goal of(Task scored, int classes, double[] labels, boolean balanced) {
    if (scored == Task.REGRESSION) {
      double mean = 0;
      for (double label : labels) {
        mean += label / labels.length;
      }
      double square = 0;
      for (double label : labels) {
        square += (label - mean) * (label - mean) / labels.length;
      }
      double scale = square > 0 ? Math.sqrt(square) : 1;
      return new Goal(scored, 1, new float[1], mean, scale, new float[0]);
    }
    double[] share = new double[classes];
    for (double label : labels) {
      share[(int) label] += 1.0 / labels.length;
    }
    float[] weights = new float[balanced ? classes : 0];
    for (int c = 0; c < weights.length; c++) {
      weights[c] = (float) (1 / (classes * Math.max(RAREST, share[c])));
      share[c] = share[c] > 0 ? 1.0 / classes : 0;
    }
    float[] start = new float[scored == Task.BINARY ? 1 : classes];
    if (scored == Task.BINARY) {
      double p = Math.min(1 - RAREST, Math.max(RAREST, share[1]));
      start[0] = (float) Math.log(p / (1 - p));
    } else {
      for (int c = 0; c < classes; c++) {
        start[c] = (float) Math.log(Math.max(RAREST, share[c]));
      }
    }
    return new Goal(scored, start.length, start, 0, 1, weights);
  }

  /** XGBoost's name of the loss. */
  String objective() {
    return switch (task) {
      case BINARY -> "binary:logistic";
      case MULTICLASS, IMAGE -> "multi:softprob";
      case REGRESSION, FORECAST, RECOMMEND -> "reg:squarederror";
    };
  }

  /** Labels as the loss wants them. */
  float[] targets(double[] labels) {
    float[] targets = new float[labels.length];
    for (int i = 0; i < targets.length; i++) {
      targets[i] = (float) ((labels[i] - mean) / scale);
    }
    return targets;
  }

  private double weight(float target) {
    return weights.length == 0 ? 1 : weights[(int) target];
  }

  /**
   * Mean weighted loss: logistic, cross-entropy, or half the squared error of the scaled target.
   *
   * @param sums {@code (rows, outputs)} of the trees, without {@link #start}
   * @param targets {@code (rows)}
   */
  double loss(float[] sums, float[] targets) {
    double loss = 0;
    double total = 0;
    for (int row = 0; row < targets.length; row++) {
      double weight = weight(targets[row]);
      total += weight;
      loss +=
          weight
              * switch (task) {
                case BINARY -> {
                  double z = (double) start[0] + sums[row];
                  yield Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))) - targets[row] * z;
                }
                case MULTICLASS, IMAGE -> crossEntropy(sums, row * outputs, (int) targets[row]);
                case REGRESSION, FORECAST, RECOMMEND -> {
                  double off = sums[row] - targets[row];
                  yield off * off / 2;
                }
              };
    }
    return loss / total;
  }

  private double crossEntropy(float[] sums, int at, int target) {
    double most = Double.NEGATIVE_INFINITY;
    for (int c = 0; c < outputs; c++) {
      most = Math.max(most, (double) start[c] + sums[at + c]);
    }
    double all = 0;
    for (int c = 0; c < outputs; c++) {
      all += Math.exp((double) start[c] + sums[at + c] - most);
    }
    return most + Math.log(all) - start[target] - sums[at + target];
  }

  /**
   * Scores as the graph gives them: probabilities, or values in the target's unit.
   *
   * @param sums {@code (rows, outputs)} of the trees, without {@link #start}
   */
  float[] scores(float[] sums) {
    float[] scores = new float[sums.length];
    for (int i = 0; i < scores.length; i += outputs) {
      switch (task) {
        case BINARY -> scores[i] = (float) (1 / (1 + Math.exp(-((double) start[0] + sums[i]))));
        case REGRESSION, FORECAST, RECOMMEND -> scores[i] = (float) (sums[i] * scale + mean);
        case MULTICLASS, IMAGE -> softmax(sums, i, scores);
      }
    }
    return scores;
  }

  private void softmax(float[] sums, int at, float[] scores) {
    double most = Double.NEGATIVE_INFINITY;
    for (int c = 0; c < outputs; c++) {
      most = Math.max(most, (double) start[c] + sums[at + c]);
    }
    double all = 0;
    for (int c = 0; c < outputs; c++) {
      all += Math.exp((double) start[c] + sums[at + c] - most);
    }
    for (int c = 0; c < outputs; c++) {
      scores[at + c] = (float) (Math.exp((double) start[c] + sums[at + c] - most) / all);
    }
  }
}
