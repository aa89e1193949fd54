package io.millrace.activities.train.net;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.core.Linear;
import java.util.List;
import java.util.SplittableRandom;

/**
 * One layer of a net. It knows its parameters' shapes and first values, its forward pass in the
 * engine and its nodes in an ONNX graph, so that training, checkpoint and graph walk one list. Its
 * parameters are held outside and handed in by position. Immutable.
 */
interface Layer {
  /**
   * Shape of one row of output.
   *
   * @param input of one row, without the rows' dimension
   */
  Shape output(Shape input);

  /** Of its parameters, in order. */
  default List<Shape> shapes(Shape input) {
    return List.of();
  }

  /** Values to start from, as {@link #shapes}. */
  default float[][] initial(Shape input, SplittableRandom random) {
    return new float[0][];
  }

  /**
   * @param x {@code (rows, input…) float32}
   * @param parameters as {@link #shapes}
   * @return {@code (rows, output…) float32}
   */
  NDArray forward(NDArray x, List<NDArray> parameters, boolean training);

  /** Whether its forward pass draws the engine's random numbers while training. */
  default boolean stochastic() {
    return false;
  }

  /**
   * Writes what it does when a model scores.
   *
   * @param x name of the input
   * @param values the parameters, as {@link #shapes}
   * @return name of the output
   */
  String write(OnnxGraph graph, String x, Shape input, float[][] values);

  /**
   * {@code x W^T + b}, weight {@code (units, in)}, bias {@code (units)}.
   *
   * @param zero starts from zero weights, not from normal ones of variance {@code 2 / in} (He et
   *     al. 2015): for the last layer, so that every start predicts alike and no seed begins with a
   *     bad guess
   */
  record Dense(int units, boolean zero) implements Layer {
    Dense(int units) {
      this(units, false);
    }

    @Override
    public Shape output(Shape input) {
      return new Shape(units);
    }

    @Override
    public List<Shape> shapes(Shape input) {
      return List.of(new Shape(units, input.size()), new Shape(units));
    }

    @Override
    public float[][] initial(Shape input, SplittableRandom random) {
      int in = Math.toIntExact(input.size());
      int count = Math.multiplyExact(units, in);
      return new float[][] {
        zero ? new float[count] : Normal.he(random, count, in), new float[units]
      };
    }

    @Override
    public NDArray forward(NDArray x, List<NDArray> parameters, boolean training) {
      return Linear.linear(x, parameters.get(0), parameters.get(1)).head();
    }

    @Override
    public String write(OnnxGraph graph, String x, Shape input, float[][] values) {
      List<Shape> shapes = shapes(input);
      String weight = graph.tensor(shapes.get(0), values[0]);
      String bias = graph.tensor(shapes.get(1), values[1]);
      return graph.node("Gemm", List.of(x, weight, bias), OnnxGraph.whole("transB", 1));
    }
  }

  /** {@code max(0, x)}. */
  record Relu() implements Layer {
    @Override
    public Shape output(Shape input) {
      return input;
    }

    @Override
    public NDArray forward(NDArray x, List<NDArray> parameters, boolean training) {
      return Activation.relu(x);
    }

    @Override
    public String write(OnnxGraph graph, String x, Shape input, float[][] values) {
      return graph.node("Relu", List.of(x));
    }
  }

  /**
   * While training only: zeroes an input with this chance and scales the others up.
   *
   * @param rate 0..1, exclusive of 1
   */
  record Dropout(double rate) implements Layer {
    @Override
    public Shape output(Shape input) {
      return input;
    }

    @Override
    public NDArray forward(NDArray x, List<NDArray> parameters, boolean training) {
      return training ? ai.djl.nn.norm.Dropout.dropout(x, (float) rate, true).head() : x;
    }

    @Override
    public boolean stochastic() {
      return true;
    }

    @Override
    public String write(OnnxGraph graph, String x, Shape input, float[][] values) {
      // nothing is dropped when a model scores
      return x;
    }
  }
}
