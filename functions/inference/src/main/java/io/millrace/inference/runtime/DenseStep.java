package io.millrace.inference.runtime;

/**
 * {@code y = x W + b}. Inputs that are 0 are left out: one-hot inputs and the outputs of Relu
 * mostly are. Rows of W are added four at a time, in their order, over a loop that the JIT compiler
 * turns into vector instructions (all arrays are read at the same index; an offset would prevent
 * it).
 */
final class DenseStep implements Step {
  /** With fewer outputs a scalar product per output is quicker. */
  private static final int NARROW = 4;

  private final int x;
  private final int y;
  private final float[][] weights;
  private final float[] bias;
  private final boolean narrow;

  /**
   * @param weights {@code (in, out)}
   * @param bias {@code (out)}
   */
  DenseStep(int x, int y, float[][] weights, float[] bias) {
    this.x = x;
    this.y = y;
    this.bias = bias;
    narrow = bias.length < NARROW;
    this.weights = narrow ? transposed(weights, bias.length) : weights;
  }

  private static float[][] transposed(float[][] weights, int out) {
    float[][] turned = new float[out][weights.length];
    for (int i = 0; i < weights.length; i++) {
      for (int j = 0; j < out; j++) {
        turned[j][i] = weights[i][j];
      }
    }
    return turned;
  }

  @Override
  public void run(float[][] values, int[] index) {
    if (narrow) {
      for (int j = 0; j < bias.length; j++) {
        values[y][j] = bias[j] + product(values[x], weights[j]);
      }
      return;
    }
    float[] in = values[x];
    float[] out = values[y];
    int used = 0;
    for (int i = 0; i < in.length; i++) {
      index[used] = i;
      used += in[i] != 0 ? 1 : 0; // NaN is not 0 either
    }
    System.arraycopy(bias, 0, out, 0, bias.length);
    int k = 0;
    for (; k + 4 <= used; k += 4) {
      add(
          out,
          in[index[k]],
          weights[index[k]],
          in[index[k + 1]],
          weights[index[k + 1]],
          in[index[k + 2]],
          weights[index[k + 2]],
          in[index[k + 3]],
          weights[index[k + 3]]);
    }
    for (; k < used; k++) {
      add(out, in[index[k]], weights[index[k]]);
    }
  }

  private static void add(
      float[] out,
      float a,
      float[] as,
      float b,
      float[] bs,
      float c,
      float[] cs,
      float d,
      float[] ds) {
    for (int j = 0; j < out.length; j++) {
      out[j] = out[j] + a * as[j] + b * bs[j] + c * cs[j] + d * ds[j];
    }
  }

  private static void add(float[] out, float a, float[] as) {
    for (int j = 0; j < out.length; j++) {
      out[j] += a * as[j];
    }
  }

  /** Four sums beside each other: one alone would wait for every addition. */
  private static float product(float[] a, float[] b) {
    float s0 = 0;
    float s1 = 0;
    float s2 = 0;
    float s3 = 0;
    int i = 0;
    for (; i + 4 <= a.length; i += 4) {
      s0 += a[i] * b[i];
      s1 += a[i + 1] * b[i + 1];
      s2 += a[i + 2] * b[i + 2];
      s3 += a[i + 3] * b[i + 3];
    }
    for (; i < a.length; i++) {
      s0 += a[i] * b[i];
    }
    return (s0 + s1) + (s2 + s3);
  }

  @Override
  public long cost() {
    return (long) weights.length * weights[0].length;
  }
}
