package io.millrace.activities.train.net;

import io.millrace.activities.dataset.DatasetManifest;
import io.millrace.activities.train.EncodingPlan;
import io.millrace.activities.train.Hyperparameter;
import io.millrace.activities.train.Hyperparameters;
import io.millrace.workflows.spec.DataSpec;
import java.util.List;

/**
 * One dense layer: logistic regression, softmax regression or linear regression. Over the
 * piecewise-linear inputs of numbers it is an additive model of curves.
 */
public final class LinearFamily extends NetFamily {
  @Override
  public String name() {
    return "linear";
  }

  @Override
  public List<Hyperparameter> hyperparameters() {
    return List.of(
        // ten times an MLP's: there is one layer, so steps cannot compound
        new Hyperparameter.Real("learning-rate", 0.01, 1e-7, 1, false),
        new Hyperparameter.Real("weight-decay", 0.01, 0, 1, false),
        new Hyperparameter.Whole("bins", 16, 0, 128),
        CLASS_WEIGHT);
  }

  @Override
  Plan plan(Hyperparameters values, DataSpec data, DatasetManifest dataset) {
    return new Plan(
        EncodingPlan.oneHot(values.whole("bins")),
        (table, outputs) -> List.of(new Layer.Dense(outputs, true)),
        values.real("learning-rate"),
        values.real("weight-decay"));
  }
}
