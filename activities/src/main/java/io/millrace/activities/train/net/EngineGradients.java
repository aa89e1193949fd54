package io.millrace.activities.train.net;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.training.GradientCollector;
import java.util.ArrayList;
import java.util.List;

/** Of any net, by the engine's automatic differentiation. */
final class EngineGradients implements Gradients {
  private final FeedForward net;
  private final Objective objective;
  private final List<NDArray> parameters;

  /**
   * @param parameters are made to require gradients
   */
  EngineGradients(FeedForward net, Objective objective, List<NDArray> parameters) {
    this.net = net;
    this.objective = objective;
    this.parameters = parameters;
    parameters.forEach(parameter -> parameter.setRequiresGradient(true));
  }

  @Override
  public Batch of(NDArray x, NDArray y) {
    NDManager outside = x.getManager();
    // what the forward pass leaves ends with the batch
    try (NDManager inside = outside.newSubManager()) {
      x.attach(inside);
      y.attach(inside);
      NDArray loss;
      try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
        loss = objective.loss(net.forward(x, parameters, true), y);
        collector.backward(loss);
      }
      List<NDArray> slopes = new ArrayList<>();
      for (NDArray parameter : parameters) {
        try (NDArray gradient = parameter.getGradient()) {
          // copied, as the engine adds the next batch's to its own
          slopes.add(gradient.duplicate());
        }
        JniUtils.zeroGrad((PtNDArray) parameter);
      }
      NDArray value = loss.stopGradient();
      value.attach(outside);
      x.attach(outside);
      y.attach(outside);
      return new Batch(value, slopes);
    }
  }
}
