package io.millrace.activities.train.net;

import java.util.SplittableRandom;

/** Normal first values of parameters. */
final class Normal {
  private Normal() {}

  /** Of variance {@code 2 / in}, which keeps the size of signals through ReLU (He et al. 2015). */
  static float[] he(SplittableRandom random, int count, long in) {
    return of(random, count, Math.sqrt(2.0 / in));
  }

  static float[] of(SplittableRandom random, int count, double deviation) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (random.nextGaussian() * deviation);
    }
    return values;
  }

  /**
   * A table of normal rows, but for the last two, which are zero: those of other values and of
   * missing are met seldom or never, and must not answer with noise.
   */
  static float[] table(SplittableRandom random, int rows, int dimension, double deviation) {
    float[] values = new float[Math.multiplyExact(rows, dimension)];
    float[] levels = of(random, (rows - 2) * dimension, deviation);
    System.arraycopy(levels, 0, values, 0, levels.length);
    return values;
  }
}
