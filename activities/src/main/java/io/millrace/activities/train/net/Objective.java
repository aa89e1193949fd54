package io.millrace.activities.train.net;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.millrace.workflows.spec.Task;
import java.util.Arrays;
import java.util.List;

/**
 * What the last layer means and what is minimised, by task.
 *
 * @param outputs units of the last layer
 * @param mean of the target on the training split; regression only, 0 otherwise
 * @param scale standard deviation of the target there, 1 when it is 0; 1 when no regression
 * @param weights of the classes in the loss; empty when they count alike
 */
record Objective(Task task, int outputs, double mean, double scale, List<Double> weights) {
  Objective {
    weights = List.copyOf(weights);
  }

  Objective(Task task, int outputs, double mean, double scale) {
    this(task, outputs, mean, scale, List.of());
  }

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

  /**
   * Every class counts alike in the loss, however rare: {@code rows / (classes * rows of the
   * class)} (King and Zeng 2001, "Logistic Regression in Rare Events Data"), so the mean weight of
   * a row is 1. Scores are then no longer the chances in the data.
   */
  Objective balanced(double[] labels) {
    int classes = Math.max(2, outputs);
    double[] counts = new double[classes];
    for (double label : labels) {
      counts[(int) label]++;
    }
    List<Double> balanced =
        Arrays.stream(counts)
            .mapToObj(count -> count == 0 ? 1.0 : labels.length / (classes * count))
            .toList();
    return new Objective(task, outputs, mean, scale, balanced);
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
    if (!weights.isEmpty()) {
      return weighted(z, y);
    }
    return switch (task) {
      case BINARY -> {
        try (NDArray positive = z.getNDArrayInternal().softPlus();
            NDArray known = z.mul(y);
            NDArray losses = positive.sub(known)) {
          yield losses.mean();
        }
      }
      case MULTICLASS, IMAGE -> {
        try (NDArray logs = z.logSoftmax(1);
            NDArray classes = y.toType(DataType.INT64, true);
            NDArray picked = logs.gather(classes, 1);
            NDArray mean = picked.mean()) {
          yield mean.neg();
        }
      }
      case REGRESSION, FORECAST, RECOMMEND -> {
        try (NDArray apart = z.sub(y);
            NDArray squares = apart.square();
            NDArray mean = squares.mean()) {
          yield mean.div(2);
        }
      }
    };
  }

  /** The same, each row's loss times the weight of its class. */
  private NDArray weighted(NDArray z, NDArray y) {
    try (NDArray weight = weight(z.getManager(), y)) {
      if (outputs == 1) {
        try (NDArray positive = z.getNDArrayInternal().softPlus();
            NDArray known = z.mul(y);
            NDArray losses = positive.sub(known);
            NDArray weighted = losses.mul(weight)) {
          return weighted.mean();
        }
      }
      try (NDArray logs = z.logSoftmax(1);
          NDArray classes = y.toType(DataType.INT64, true);
          NDArray picked = logs.gather(classes, 1);
          NDArray weighted = picked.mul(weight);
          NDArray mean = weighted.mean()) {
        return mean.neg();
      }
    }
  }

  /** Of each row's class. {@code (rows, 1) float32} */
  private NDArray weight(NDManager manager, NDArray y) {
    float[] values = new float[weights.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = weights.get(i).floatValue();
    }
    try (NDArray table = manager.create(values, new Shape(values.length, 1));
        NDArray classes = y.toType(DataType.INT64, true);
        NDArray line = classes.reshape(-1)) {
      return Lookup.rows(line, table);
    }
  }

  /**
   * The slope of {@link #loss} by {@code z}.
   *
   * @return {@code (rows, outputs)}
   */
  NDArray slope(NDArray z, NDArray y) {
    NDArray slope =
        switch (task) {
          case BINARY -> z.getNDArrayInternal().sigmoid().subi(y);
          case MULTICLASS, IMAGE -> {
            try (NDArray classes = y.toType(DataType.INT64, true);
                NDArray line = classes.reshape(-1);
                NDArray ones = line.oneHot(outputs, DataType.FLOAT32)) {
              yield z.softmax(1).subi(ones);
            }
          }
          case REGRESSION, FORECAST, RECOMMEND -> z.sub(y);
        };
    if (!weights.isEmpty()) {
      try (NDArray weight = weight(z.getManager(), y)) {
        slope.muli(weight);
      }
    }
    return slope.divi(z.getShape().get(0));
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
