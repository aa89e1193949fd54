package io.millrace.activities.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.millrace.activities.store.ObjectStore;
import io.millrace.workflows.ref.Checks;
import io.millrace.workflows.ref.PackageRef;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * How a trial went, epoch by epoch; lies beside its package as {@code curve.json} and is no part of
 * the digest.
 *
 * @param metric the objective
 * @param objective its value on the validation split after each epoch
 * @param loss mean training loss of each epoch
 */
public record LearningCurve(String metric, List<Double> objective, List<Double> loss) {
  public LearningCurve {
    Checks.present("metric", metric);
    objective = Checks.list(objective);
    loss = Checks.list(loss);
  }

  private static String key(PackageRef model) {
    return model.prefix() + "curve.json";
  }

  /**
   * The curve of a trial's package; empty when there is none that can be read: it is for people.
   */
  public static Optional<LearningCurve> of(ObjectStore store, PackageRef model) {
    return store
        .get(key(model))
        .flatMap(
            bytes -> {
              try {
                return Optional.ofNullable(
                    PayloadJson.mapper().readValue(bytes, LearningCurve.class));
              } catch (IOException | IllegalArgumentException e) {
                return Optional.empty();
              }
            });
  }

  /** Lays it beside the package. */
  void keep(ObjectStore store, PackageRef model) {
    try {
      store.put(key(model), PayloadJson.mapper().writeValueAsBytes(this));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a curve is plain numbers", e);
    }
  }
}
