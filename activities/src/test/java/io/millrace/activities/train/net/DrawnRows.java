package io.millrace.activities.train.net;

import io.millrace.activities.train.Rows;
import io.millrace.workflows.spec.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Rows drawn from a seed with something to learn in them, and nets for them. */
final class DrawnRows {
  static final int SIDE = 28;
  static final int CLASSES = 4;

  private DrawnRows() {}

  /** Whether two of thirty normal numbers have the same sign. */
  static Rows numbers(int rows, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] inputs = new float[rows * 30];
    double[] labels = new double[rows];
    for (int row = 0; row < rows; row++) {
      for (int i = 0; i < 30; i++) {
        inputs[row * 30 + i] = (float) random.nextGaussian();
      }
      labels[row] = inputs[row * 30] * inputs[row * 30 + 1] > 0 ? 1 : 0;
    }
    return Rows.of(30, inputs, labels);
  }

  /** Images with a bright bar: across or upright, in one half or the other. Four classes. */
  static Rows images(int rows, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int pixels = SIDE * SIDE;
    float[] inputs = new float[rows * pixels];
    double[] labels = new double[rows];
    for (int row = 0; row < rows; row++) {
      int kind = random.nextInt(CLASSES);
      int at = kind % 2 * SIDE / 2 + 2 + random.nextInt(SIDE / 2 - 4);
      for (int pixel = 0; pixel < pixels; pixel++) {
        boolean bar = (kind < 2 ? pixel / SIDE : pixel % SIDE) == at;
        inputs[row * pixels + pixel] = (float) (random.nextGaussian() * 0.5 + (bar ? 1.5 : 0));
      }
      labels[row] = kind;
    }
    return Rows.of(pixels, inputs, labels);
  }

  /**
   * @param stochastic with dropout
   */
  static FeedForward dense(boolean stochastic, int... units) {
    List<Layer> layers = new ArrayList<>();
    for (int each : units) {
      layers.add(new Layer.Dense(each));
      layers.add(new Layer.Relu());
      if (stochastic) {
        layers.add(new Layer.Dropout(0.1));
      }
    }
    return new FeedForward(30, layers, 1);
  }

  /**
   * @param stochastic with images moved and dropout
   */
  static FeedForward convolutions(boolean stochastic, int first, int second, int hidden) {
    List<Layer> layers = new ArrayList<>();
    layers.add(new ImageLayer.Pixels(SIDE, SIDE, 1));
    if (stochastic) {
      layers.add(new ImageLayer.Shift(2));
    }
    for (int filters : new int[] {first, second}) {
      layers.add(new ImageLayer.Conv(filters, 3));
      layers.add(new Layer.Relu());
      layers.add(new ImageLayer.MaxPool(2));
    }
    layers.add(new ImageLayer.Flatten());
    layers.add(new Layer.Dense(hidden));
    layers.add(new Layer.Relu());
    if (stochastic) {
      layers.add(new Layer.Dropout(0.3));
    }
    return new FeedForward(SIDE * SIDE, layers, CLASSES);
  }

  static Objective objective(FeedForward net, Rows train) {
    Task task = net.inputs() == 30 ? Task.BINARY : Task.IMAGE;
    return Objective.of(task, task == Task.BINARY ? 2 : CLASSES, train.labels());
  }
}
