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
 * @param bend scaled error from which on a regression's loss grows like the absolute error; 0 for
 *     squares everywhere
 */
record Objective(
    Task task, int outputs, double mean, double scale, List<Double> weights, double bend) {
  Objective {
    weights = List.copyOf(weights);
  }

  Objective(Task task, int outputs, double mean, double scale) {
    this(task, outputs, mean, scale, List.of(), 0);
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
    return new Objective(task, outputs, mean, scale, balanced, bend);
  }

  /**
   * Squares near zero, absolute errors beyond the bend: {@code b^2 (sqrt(1 + (e / b)^2) - 1)}
   * (pseudo-Huber; Charbonnier et al. 1994). Few large errors then weigh no more than their size.
   */
  Objective bent(double at) {
    return new Objective(task, outputs, mean, scale, weights, at);
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
   * error of the scaled target (bent, see {@link #bent}).
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
        if (bend > 0) {
          yield bentLoss(z, y);
        }
        try (NDArray apart = z.sub(y);
            NDArray squares = apart.square();
            NDArray mean = squares.mean()) {
          yield HostNumber.given(mean::div, 2);
        }
      }
    };
  }

  private NDArray bentLoss(NDArray z, NDArray y) {
    try (NDArray apart = z.sub(y);
        NDArray root = root(apart);
        NDArray losses = HostNumber.given(root::sub, 1);
        NDArray mean = losses.mean()) {
      return HostNumber.given(mean::mul, (float) (bend * bend));
    }
  }

  /** {@code sqrt(1 + (e / b)^2)}. */
  private NDArray root(NDArray apart) {
    try (NDArray scaled = HostNumber.given(apart::div, (float) bend);
        NDArray squares = scaled.square();
        NDArray more = HostNumber.given(squares::add, 1)) {
      return more.sqrt();
    }
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
          case REGRESSION, FORECAST, RECOMMEND -> {
            NDArray apart = z.sub(y);
            if (bend > 0) {
              try (NDArray root = root(apart)) {
                apart.divi(root);
              }
            }
            yield apart;
          }
        };
    if (!weights.isEmpty()) {
      try (NDArray weight = weight(z.getManager(), y)) {
        slope.muli(weight);
      }
    }
    return HostNumber.given(slope::divi, z.getShape().get(0));
  }

  /** Scores from the last layer, as the graph gives them. */
  NDArray scores(NDArray z) {
    return switch (task) {
      case BINARY -> z.getNDArrayInternal().sigmoid();
      case MULTICLASS, IMAGE -> z.softmax(1);
      case REGRESSION, FORECAST, RECOMMEND ->
          HostNumber.given(HostNumber.given(z::mul, (float) scale)::add, (float) mean);
    };
  }
}
