package io.millrace.activities.train.net;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Of dense layers with ReLU, and perhaps dropout, between them, by the chain rule written out. It
 * is here for speed: recording and walking back a graph costs more than a small net's arithmetic,
 * and each array is freed as soon as it is used, so that the next one finds its memory warm.
 */
final class DenseGradients implements Gradients {
  private final Objective objective;
  private final List<NDArray> parameters;

  /** Of the outputs of each layer but the last; 0 for none. */
  private final double[] dropout;

  private DenseGradients(Objective objective, List<NDArray> parameters, double[] dropout) {
    this.objective = objective;
    this.parameters = parameters;
    this.dropout = dropout;
  }

  /** Empty when the net has other layers, or these in another order. */
  static Optional<Gradients> of(FeedForward net, Objective objective, List<NDArray> parameters) {
    List<Double> rates = new ArrayList<>();
    List<Layer> layers = net.layers();
    int at = 0;
    while (at < layers.size() - 1) {
      if (!(layers.get(at) instanceof Layer.Dense) || !(layers.get(at + 1) instanceof Layer.Relu)) {
        return Optional.empty();
      }
      at += 2;
      if (layers.get(at) instanceof Layer.Dropout(double rate)) {
        rates.add(rate);
        at++;
      } else {
        rates.add(0.0);
      }
    }
    if (!(layers.getLast() instanceof Layer.Dense)) {
      return Optional.empty();
    }
    double[] dropout = rates.stream().mapToDouble(Double::doubleValue).toArray();
    return Optional.of(new DenseGradients(objective, parameters, dropout));
  }

  @Override
  public Batch of(NDArray x, NDArray y) {
    int last = dropout.length;
    // the inputs of each layer
    PtNDArray[] h = new PtNDArray[last + 1];
    h[0] = (PtNDArray) x;
    for (int layer = 0; layer < last; layer++) {
      h[layer + 1] = hidden(h[layer], layer);
    }
    PtNDArray z = JniUtils.linear(h[last], weight(last), bias(last));
    NDArray loss = objective.loss(z, y);
    PtNDArray slope = (PtNDArray) objective.slope(z, y);
    z.close();
    NDArray[] slopes = new NDArray[2 * last + 2];
    for (int layer = last; layer >= 0; layer--) {
      try (PtNDArray across = JniUtils.transpose(slope, 0, 1)) {
        slopes[2 * layer] = JniUtils.matmul(across, h[layer]);
      }
      slopes[2 * layer + 1] = JniUtils.sum(slope, new long[] {0}, false);
      if (layer > 0) {
        PtNDArray below = JniUtils.matmul(slope, weight(layer));
        slope.close();
        slope = through(below, h[layer], dropout[layer - 1]);
        h[layer].close();
      }
    }
    slope.close();
    return new Batch(loss, Arrays.asList(slopes));
  }

  private PtNDArray hidden(PtNDArray input, int layer) {
    try (PtNDArray z = JniUtils.linear(input, weight(layer), bias(layer))) {
      PtNDArray h = JniUtils.relu(z);
      if (dropout[layer] == 0) {
        return h;
      }
      PtNDArray left = JniUtils.dropout(h, dropout[layer], true);
      h.close();
      return left;
    }
  }

  /**
   * From the slope by a layer's outputs to that by what went into its ReLU, in place. An output
   * above zero passed both ReLU and dropout, which had scaled it up; all others are zero.
   */
  private static PtNDArray through(PtNDArray slope, PtNDArray outputs, double dropout) {
    JniUtils.signi(outputs);
    JniUtils.muli(slope, outputs);
    if (dropout > 0) {
      HostNumber.given(slope::divi, 1 - dropout);
    }
    return slope;
  }

  private PtNDArray weight(int layer) {
    return (PtNDArray) parameters.get(2 * layer);
  }

  private PtNDArray bias(int layer) {
    return (PtNDArray) parameters.get(2 * layer + 1);
  }
}
