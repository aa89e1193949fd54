package io.millrace.activities.train.net;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.Dropout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A feed-forward net as data: layers ending in a dense one, with parameters held outside, weight
 * {@code (out, in) float32} and bias {@code (out)} for each dense layer, in order. Kept apart from
 * DJL's blocks because their parameters cannot be saved with an optimizer's state, nor be exported:
 * here training, checkpoint and graph walk one list.
 */
final class FeedForward {
  private final int inputs;
  private final List<Layer> layers;
  private final List<Shape> shapes = new ArrayList<>();

  /**
   * @param hidden layers before the last
   * @param outputs units of the last, dense layer: its values are logits, or the scaled target
   */
  FeedForward(int inputs, List<Layer> hidden, int outputs) {
    this.inputs = inputs;
    layers = new ArrayList<>(hidden);
    layers.add(new Layer.Dense(outputs));
    int width = inputs;
    for (Layer layer : layers) {
      if (layer instanceof Layer.Dense dense) {
        shapes.add(new Shape(dense.units(), width));
        shapes.add(new Shape(dense.units()));
        width = dense.units();
      }
    }
  }

  int inputs() {
    return inputs;
  }

  List<Layer> layers() {
    return layers;
  }

  /** Of the parameters, in order. */
  List<Shape> shapes() {
    return shapes;
  }

  /** Number of weights. */
  long size() {
    return shapes.stream().mapToLong(Shape::size).sum();
  }

  /** Whether a step draws random numbers. */
  boolean stochastic() {
    return layers.stream().anyMatch(Layer.Dropout.class::isInstance);
  }

  /**
   * Values to start from: weights normal with variance {@code 2 / in} (He et al. 2015), the last
   * layer's zero, so that every start predicts alike and no seed begins with a bad guess; biases
   * zero.
   */
  float[][] initial(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[][] values = new float[shapes.size()][];
    for (int p = 0; p < values.length; p++) {
      Shape shape = shapes.get(p);
      values[p] = new float[Math.toIntExact(shape.size())];
      if (shape.dimension() == 2 && p < values.length - 2) {
        double deviation = Math.sqrt(2.0 / shape.get(1));
        for (int i = 0; i < values[p].length; i++) {
          values[p][i] = (float) (random.nextGaussian() * deviation);
        }
      }
    }
    return values;
  }

  /**
   * @param x {@code (rows, inputs) float32}
   * @return {@code (rows, outputs) float32}
   */
  NDArray forward(NDArray x, List<NDArray> parameters, boolean training) {
    int next = 0;
    NDArray h = x;
    for (Layer layer : layers) {
      switch (layer) {
        case Layer.Dense dense -> {
          h = Linear.linear(h, parameters.get(next), parameters.get(next + 1)).head();
          next += 2;
        }
        case Layer.Relu relu -> h = Activation.relu(h);
        case Layer.Dropout dropout -> {
          if (training) {
            h = Dropout.dropout(h, (float) dropout.rate(), true).head();
          }
        }
      }
    }
    return h;
  }
}
