package io.millrace.activities.train.trees;

import io.millrace.activities.train.Rows;
import java.util.SplittableRandom;

/** Two classes that no line parts, as rows, and settings to grow trees on them. */
final class Rings {
  static final int WIDTH = 6;
  static final Rows TRAIN = rings(3000, 1);
  static final Rows VALIDATION = rings(500, 2);

  private Rings() {}

  static Grower.Settings settings(int threads, long seed) {
    return new Grower.Settings(4, 0.3, 1, 0.7, 0.5, 1, 0, 0, 64, threads, seed);
  }

  /** Inside or outside a ring of the first two inputs; some values are missing. */
  static Rows rings(int rows, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] inputs = new float[rows * WIDTH];
    double[] labels = new double[rows];
    for (int row = 0; row < rows; row++) {
      for (int i = 0; i < WIDTH; i++) {
        inputs[row * WIDTH + i] = (float) random.nextDouble(-1, 1);
      }
      double radius = Math.hypot(inputs[row * WIDTH], inputs[row * WIDTH + 1]);
      labels[row] = radius > 0.4 && radius < 0.8 ? 1 : 0;
      if (random.nextInt(20) == 0) {
        inputs[row * WIDTH + random.nextInt(WIDTH)] = Float.NaN;
      }
    }
    return Rows.of(WIDTH, inputs, labels);
  }
}
