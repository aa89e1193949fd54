package io.millrace.activities.train;

import java.util.List;

/** A kind of model, found by {@link java.util.ServiceLoader}. Stateless. */
public interface ModelFamily {
  /** What the spec calls it: {@code mlp}. */
  String name();

  /** The hyperparameters it knows, with their defaults and bounds. */
  List<Hyperparameter> hyperparameters();

  /**
   * The net and how it is trained.
   *
   * @param values a value for each of {@link #hyperparameters}, checked
   */
  Plan plan(Hyperparameters values);

  /**
   * @param layers between the inputs and the last, dense layer, which every net has
   * @param learningRate of Adam, at the start
   * @param weightDecay decoupled (AdamW), of weights, not of biases
   * @param bins inputs a number column is given at most; 0 standardises it to one
   */
  record Plan(List<Layer> layers, double learningRate, double weightDecay, int bins) {
    public Plan {
      layers = List.copyOf(layers);
    }
  }
}
