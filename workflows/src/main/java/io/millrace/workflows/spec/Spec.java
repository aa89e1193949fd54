package io.millrace.workflows.spec;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.millrace.workflows.ref.Checks;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the user writes, with every default filled in. Parsed and validated by the {@code Spec}
 * activities; a Spec that exists is complete and consistent.
 *
 * @param model names the model, its dataset and its endpoint
 * @param task what is learned
 * @param owner who answers for it; null when not said
 */
@JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
public record Spec(
    String model,
    Task task,
    @Nullable OwnerSpec owner,
    DataSpec data,
    TrainingSpec training,
    List<GateSpec> gates,
    DeploymentSpec deployment,
    WatchSpec watch,
    RetrainingSpec retraining) {
  public Spec {
    Checks.name("model", model);
    gates = Checks.list(gates);
  }

  /** The same, watched otherwise. */
  public Spec with(WatchSpec other) {
    return new Spec(model, task, owner, data, training, gates, deployment, other, retraining);
  }
}
