package io.millrace.activities.train.net;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/**
 * A feed-forward net as data: layers whose parameters are held outside, by position, in the layers'
 * order; a dense layer has weight {@code (out, in) float32} and bias {@code (out)}. Kept apart from
 * DJL's blocks because their parameters cannot be saved with an optimizer's state, nor be exported:
 * here training, checkpoint and graph walk one list.
 */
final class FeedForward {
  private final int inputs;
  private final Chain chain;

  /**
   * @param hidden layers before the last
   * @param outputs units of the last, dense layer: its values are logits, or the scaled target
   */
  FeedForward(int inputs, List<Layer> hidden, int outputs) {
    this(
        inputs, Stream.concat(hidden.stream(), Stream.of(new Layer.Dense(outputs, true))).toList());
  }

  /**
   * @param layers all of them; the last one's values are logits, or the scaled target
   */
  FeedForward(int inputs, List<Layer> layers) {
    this.inputs = inputs;
    chain = new Chain(new Shape(inputs), layers);
  }

  int inputs() {
    return inputs;
  }

  List<Layer> layers() {
    return chain.layers();
  }

  /** Of the parameters, in order. */
  List<Shape> shapes() {
    return chain.shapes();
  }

  /** Number of weights. */
  long size() {
    return shapes().stream().mapToLong(Shape::size).sum();
  }

  /** Numbers that a row is made of where there are most, between two layers. */
  long widest() {
    return chain.widest();
  }

  /** Whether a step draws random numbers. */
  boolean stochastic() {
    return chain.stochastic();
  }

  /** Values to start from; biases zero. */
  float[][] initial(long seed) {
    return chain.initial(new SplittableRandom(seed));
  }

  /**
   * @param x {@code (rows, inputs) float32}
   * @return {@code (rows, outputs) float32}
   */
  NDArray forward(NDArray x, List<NDArray> parameters, boolean training) {
    return chain.forward(x, parameters, training);
  }

  /** The layers' nodes. @return name of the last one's output */
  String write(OnnxGraph graph, String x, float[][] values) {
    return chain.write(graph, x, values);
  }
}
