package io.millrace.activities.train.net;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import io.millrace.workflows.spec.Task;

/**
 * What the last layer means and what is minimised, by task.
 *
 * @param outputs units of the last layer
 * @param mean of the target on the training split; regression only, 0 otherwise
 * @param scale standard deviation of the target there, 1 when it is 0; 1 when no regression
 */
record Objective(Task task, int outputs, double mean, double scale) {
  static Objective of(Task task, int classes, double[] labels) {
    if (task.scored() != Task.REGRESSION) {
      return new Objective(task, task == Task.BINARY ? 1 : classes, 0, 1);
    }
    double mean = 0;
    for (double label : labels) {
      mean += label / labels.length;
    }
    double square = 0;
    for (double label : labels) {
      square += (label - mean) * (label - mean) / labels.length;
    }
    return new Objective(task, 1, mean, square > 0 ? Math.sqrt(square) : 1);
  }

  /** Labels as the loss wants them: {@code (rows, 1)}, a scaled value for regression. */
  float[] targets(double[] labels) {
    float[] targets = new float[labels.length];
    for (int i = 0; i < targets.length; i++) {
      targets[i] = (float) ((labels[i] - mean) / scale);
    }
    return targets;
  }

  /**
   * Mean loss of a batch: logistic {@code softplus(z) - y z}, cross-entropy, or half the squared
   * error of the scaled target.
   *
   * @param z {@code (rows, outputs)}
   * @param y {@code (rows, 1)}
   */
  NDArray loss(NDArray z, NDArray y) {
    return switch (task) {
      case BINARY -> z.getNDArrayInternal().softPlus().sub(z.mul(y)).mean();
      case MULTICLASS, IMAGE -> z.logSoftmax(1).gather(y.toType(DataType.INT64, false), 1).mean().neg();
      case REGRESSION, FORECAST, RECOMMEND -> z.sub(y).square().mean().div(2);
    };
  }

  /** Scores from the last layer, as the graph gives them. */
  NDArray scores(NDArray z) {
    return switch (task) {
      case BINARY -> z.getNDArrayInternal().sigmoid();
      case MULTICLASS, IMAGE -> z.softmax(1);
      case REGRESSION, FORECAST, RECOMMEND -> z.mul((float) scale).add((float) mean);
    };
  }
}
