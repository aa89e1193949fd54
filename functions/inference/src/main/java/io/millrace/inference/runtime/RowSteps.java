package io.millrace.inference.runtime;

import io.millrace.inference.onnx.OnnxInvalid;

/** Steps of a few lines. */
final class RowSteps {
  /** What an exponential takes, in multiply-adds. */
  private static final int EXP_COST = 40;

  private RowSteps() {}

  /** A function of each number. */
  enum Each {
    RELU {
      @Override
      void apply(float[] in, float[] out) {
        for (int i = 0; i < out.length; i++) {
          out[i] = Math.max(in[i], 0f);
        }
      }
    },
    SIGMOID {
      @Override
      void apply(float[] in, float[] out) {
        for (int i = 0; i < out.length; i++) {
          // StrictMath: the same bits interpreted, compiled, and on every processor
          out[i] = (float) (1 / (1 + StrictMath.exp(-in[i])));
        }
      }
    },
    TANH {
      @Override
      void apply(float[] in, float[] out) {
        for (int i = 0; i < out.length; i++) {
          out[i] = (float) StrictMath.tanh(in[i]);
        }
      }
    },
    /** Towards 0, as a cast to whole numbers. */
    TRUNCATE {
      @Override
      void apply(float[] in, float[] out) {
        for (int i = 0; i < out.length; i++) {
          out[i] = (long) in[i];
        }
      }
    },
    SOFTMAX {
      @Override
      void apply(float[] in, float[] out) {
        float most = Float.NEGATIVE_INFINITY;
        for (float value : in) {
          most = Math.max(most, value);
        }
        double sum = 0;
        for (int i = 0; i < out.length; i++) {
          out[i] = (float) StrictMath.exp(in[i] - most);
          sum += out[i];
        }
        for (int i = 0; i < out.length; i++) {
          out[i] = (float) (out[i] / sum);
        }
      }
    },
    SUM {
      @Override
      void apply(float[] in, float[] out) {
        double sum = 0;
        for (float value : in) {
          sum += value;
        }
        out[0] = (float) sum;
      }
    };

    abstract void apply(float[] in, float[] out);
  }

  record EachStep(Each function, int x, int y, int width) implements Step {
    @Override
    public void run(float[][] values, int[] index) {
      function.apply(values[x], values[y]);
    }

    @Override
    public long cost() {
      boolean dear = function != Each.RELU && function != Each.SUM;
      return (long) width * (dear ? EXP_COST : 1);
    }
  }

  /** Arithmetic of two rows of numbers; one of width 1 is used for all of the other. */
  enum Pair {
    ADD {
      @Override
      float of(float a, float b) {
        return a + b;
      }
    },
    SUB {
      @Override
      float of(float a, float b) {
        return a - b;
      }
    },
    MUL {
      @Override
      float of(float a, float b) {
        return a * b;
      }
    },
    DIV {
      @Override
      float of(float a, float b) {
        return a / b;
      }
    };

    abstract float of(float a, float b);
  }

  record PairStep(Pair operator, int a, int b, int y, int width) implements Step {
    @Override
    public void run(float[][] values, int[] index) {
      float[] left = values[a];
      float[] right = values[b];
      float[] out = values[y];
      for (int i = 0; i < out.length; i++) {
        out[i] = operator.of(left[left.length == 1 ? 0 : i], right[right.length == 1 ? 0 : i]);
      }
    }

    @Override
    public long cost() {
      return width;
    }
  }

  /** The same numbers for every row: written anew each time, since rooms are made empty. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record ConstantStep(int y, float[] numbers) implements Step {
    @Override
    public void run(float[][] values, int[] index) {
      System.arraycopy(numbers, 0, values[y], 0, numbers.length);
    }

    @Override
    public long cost() {
      return numbers.length;
    }
  }

  /** {@code count} numbers from place {@code from} on, to place {@code to} on. */
  record CopyStep(int x, int from, int y, int to, int count) implements Step {
    @Override
    public void run(float[][] values, int[] index) {
      System.arraycopy(values[x], from, values[y], to, count);
    }

    @Override
    public long cost() {
      return count;
    }
  }

  /** A row of a table {@code (rows, width)}, by its number. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record LookupStep(int x, int y, float[] table, int rows, int width) implements Step {
    @Override
    public void run(float[][] values, int[] index) {
      int row = (int) values[x][0];
      if (row < 0 || row >= rows) {
        throw new IllegalStateException(
            "the graph failed: row " + row + " of a table (expected: 0.." + (rows - 1) + ")");
      }
      System.arraycopy(table, row * width, values[y], 0, width);
    }

    @Override
    public long cost() {
      return width;
    }
  }

  static OnnxInvalid unknown(String what, String expected) {
    return new OnnxInvalid("graph: " + what + " (expected: " + expected + ")");
  }
}
