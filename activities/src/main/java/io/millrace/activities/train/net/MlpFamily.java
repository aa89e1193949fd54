package io.millrace.activities.train.net;

import io.millrace.activities.train.Hyperparameter;
import io.millrace.activities.train.Hyperparameters;
import java.util.ArrayList;
import java.util.List;

/** Dense layers with ReLU between them, and dropout after each when asked for. */
public final class MlpFamily extends NetFamily {
  @Override
  public String name() {
    return "mlp";
  }

  @Override
  public List<Hyperparameter> hyperparameters() {
    return List.of(
        new Hyperparameter.Wholes("hidden", List.of(64, 32), 1, 4096, 8),
        new Hyperparameter.Real("dropout", 0.1, 0, 1, true),
        new Hyperparameter.Real("learning-rate", 0.001, 1e-7, 1, false),
        new Hyperparameter.Real("weight-decay", 0.01, 0, 1, false),
        new Hyperparameter.Whole("bins", 16, 0, 128));
  }

  @Override
  protected Plan plan(Hyperparameters values) {
    List<Layer> layers = new ArrayList<>();
    double dropout = values.real("dropout");
    for (int units : values.wholes("hidden")) {
      layers.add(new Layer.Dense(units));
      layers.add(new Layer.Relu());
      if (dropout > 0) {
        layers.add(new Layer.Dropout(dropout));
      }
    }
    return new Plan(
        layers, values.real("learning-rate"), values.real("weight-decay"), values.whole("bins"));
  }
}
