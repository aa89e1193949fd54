package io.millrace.activities.train.net;

import io.millrace.activities.dataset.DatasetManifest;
import io.millrace.activities.train.EncodingPlan;
import io.millrace.activities.train.Hyperparameter;
import io.millrace.activities.train.Hyperparameters;
import io.millrace.inference.model.Encoding;
import io.millrace.workflows.spec.DataSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Dense layers with ReLU between them, and dropout after each when asked for. A category of many
 * levels is a row of a learned table rather than one-hot: its weights are then shared, and a batch
 * stays narrow.
 */
public final class MlpFamily extends NetFamily {
  /** Chance of a value to count as unseen while training, where a column is embedded. */
  private static final double UNSEEN = 0.02;

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
        new Hyperparameter.Whole("bins", 16, 0, 128),
        new Hyperparameter.Whole("one-hot", MANY_LEVELS, 0, 200),
        new Hyperparameter.Whole("embedding", 0, 0, 600),
        new Hyperparameter.Whole("levels", 10_000, 1, 1_000_000),
        CLASS_WEIGHT);
  }

  @Override
  Plan plan(Hyperparameters values, DataSpec data, DatasetManifest dataset) {
    return new Plan(
        EncodingPlan.indexed(
            values.whole("bins"), values.whole("one-hot"), values.whole("levels"), Set.of()),
        (table, outputs) -> layers(values, table.encodings(), outputs),
        values.real("learning-rate"),
        values.real("weight-decay"));
  }

  static List<Layer> layers(Hyperparameters values, List<Encoding> encodings, int outputs) {
    List<Layer> layers = new ArrayList<>();
    if (encodings.stream().anyMatch(Encoding.Index.class::isInstance)) {
      layers.add(
          new Embeddings(
              Embeddings.fields(encodings, Set.of(), values.whole("embedding")), UNSEEN));
    }
    layers.addAll(hidden(values.wholes("hidden"), values.real("dropout")));
    layers.add(new Layer.Dense(outputs, true));
    return layers;
  }

  /** Dense layers with what follows each. */
  static List<Layer> hidden(List<Integer> units, double dropout) {
    List<Layer> layers = new ArrayList<>();
    for (int each : units) {
      layers.add(new Layer.Dense(each));
      layers.add(new Layer.Relu());
      if (dropout > 0) {
        layers.add(new Layer.Dropout(dropout));
      }
    }
    return layers;
  }
}
