package io.millrace.activities.train.net;

import ai.djl.ndarray.types.Shape;
import io.millrace.activities.dataset.DatasetManifest;
import io.millrace.activities.train.EncodingPlan;
import io.millrace.activities.train.Hyperparameter;
import io.millrace.activities.train.Hyperparameters;
import io.millrace.activities.train.TabularData;
import io.millrace.inference.model.Encoding;
import io.millrace.workflows.spec.DataSpec;
import io.millrace.workflows.spec.Task;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The value some steps ahead from lags, calendar and what else is known of that time. Two parts are
 * added up: a linear autoregression that starts out as the seasonal-naive forecast, and dense
 * layers that start at zero and learn what it misses. So the first epoch is as good as repeating
 * the season before, and whatever follows is kept only where the validation rows say it is better.
 * What is minimised bends from squares to absolute errors, as the errors of counts have long tails.
 */
public final class ForecasterFamily extends NetFamily {
  /** Where a loss turns from squares to absolute errors, in standard deviations of the target. */
  private static final double BEND = 0.1;

  @Override
  public String name() {
    return "forecaster";
  }

  @Override
  public Set<Task> tasks() {
    return Set.of(Task.FORECAST);
  }

  @Override
  public List<Hyperparameter> hyperparameters() {
    return List.of(
        new Hyperparameter.Wholes("hidden", List.of(64, 32), 1, 4096, 8),
        new Hyperparameter.Real("dropout", 0.1, 0, 1, true),
        new Hyperparameter.Choice("loss", "absolute", List.of("absolute", "squared")),
        new Hyperparameter.Real("learning-rate", 0.002, 1e-7, 1, false),
        new Hyperparameter.Real("weight-decay", 0.01, 0, 1, false),
        new Hyperparameter.Whole("levels", 10_000, 1, 1_000_000));
  }

  @Override
  Objective objective(Hyperparameters values, Objective objective) {
    return values.text("loss").equals("absolute") ? objective.bent(BEND) : objective;
  }

  @Override
  Plan plan(Hyperparameters values, DataSpec data, DatasetManifest dataset) {
    return new Plan(
        // standardised, so that the value before can be read off one input
        EncodingPlan.indexed(0, MANY_LEVELS, values.whole("levels"), Set.of()),
        (table, outputs) -> layers(values, table),
        values.real("learning-rate"),
        values.real("weight-decay"));
  }

  private static List<Layer> layers(Hyperparameters values, TabularData data) {
    List<Layer> difference = new ArrayList<>();
    List<Embeddings.Field> fields = Embeddings.fields(data.encodings(), Set.of(), 0);
    if (data.encodings().stream().anyMatch(Encoding.Index.class::isInstance)) {
      difference.add(new Embeddings(fields, MlpFamily.UNSEEN));
    }
    difference.addAll(MlpFamily.hidden(values.wholes("hidden"), values.real("dropout")));
    difference.add(new Layer.Dense(1, true));
    return List.of(new Sum(new Shape(data.width()), List.of(linear(data), difference)));
  }

  /** The autoregression, over all inputs but positions of levels, whose size means nothing. */
  private static List<Layer> linear(TabularData data) {
    Objective scaled = Objective.of(Task.FORECAST, 0, data.train().labels());
    Set<Integer> indexed = new HashSet<>();
    // when the season before is none of the features, there is nothing to begin with
    Layer repeated = new Repeated(0, 0, 0);
    int before = 0;
    for (int i = 0; i < data.features().size(); i++) {
      Encoding encoding = data.encodings().get(i);
      if (encoding instanceof Encoding.Index) {
        indexed.add(i);
        continue;
      }
      if (encoding instanceof Encoding.Standard standard
          && data.features().get(i).name().equals(data.manifest().naive())) {
        repeated =
            new Repeated(
                before,
                standard.scale() / scaled.scale(),
                (standard.mean() - scaled.mean()) / scaled.scale());
      }
      before += encoding.width();
    }
    return indexed.isEmpty()
        ? List.of(repeated)
        : List.of(new Embeddings(Embeddings.fields(data.encodings(), indexed, 0), 0), repeated);
  }
}
