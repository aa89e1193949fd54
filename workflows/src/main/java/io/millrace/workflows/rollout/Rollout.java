package io.millrace.workflows.rollout;

import io.millrace.workflows.port.deploy.DeployActivities;
import io.millrace.workflows.ref.ModelRef;
import io.millrace.workflows.spec.DeploymentSpec;
import io.temporal.workflow.QueryMethod;
import io.temporal.workflow.SignalMethod;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Moves an endpoint from one version to another in weighted steps with analysis between them, and
 * back when it breaks; or to another place, which gets its traffic at once while the old one waits.
 * Child of a run, or started alone for a rollback.
 */
@WorkflowInterface
public interface Rollout {
  @WorkflowMethod
  RolloutOutcome run(RolloutRequest request);

  @QueryMethod
  RolloutStatus status();

  /** Stops and goes back at once. */
  @SignalMethod(description = "Goes back at once: {\"who\": …, \"reason\": …}")
  void abort(AbortRequest request);

  /**
   * @param to the new version
   * @param from what serves now; null for the first deployment and for a rollback, which go to 100
   *     % once ready and have no way back
   * @param key idempotency key of every change it makes
   * @param stay true: where the endpoint lives now, whatever {@code deployment} says; for going
   *     back
   */
  record RolloutRequest(
      String endpoint,
      ModelRef to,
      @Nullable ModelRef from,
      DeploymentSpec deployment,
      String key,
      String reason,
      String who,
      @Nullable Boolean stay) {
    public RolloutRequest(
        String endpoint,
        ModelRef to,
        @Nullable ModelRef from,
        DeploymentSpec deployment,
        String key,
        String reason,
        String who) {
      this(endpoint, to, from, deployment, key, reason, who, null);
    }
  }

  record AbortRequest(String who, String reason) {}

  /**
   * @param promoted false when it was rolled back
   */
  record RolloutOutcome(
      boolean promoted, @Nullable String url, String sentence, List<StepResult> steps) {}

  record RolloutStatus(double weight, List<StepResult> steps) {}

  /**
   * @param weight share of the new version, 0..1
   * @param shadow share that was mirrored to it; null in a step with answers of its own
   */
  record StepResult(
      double weight,
      DeployActivities.@Nullable VersionTraffic traffic,
      boolean passed,
      String sentence,
      @Nullable Double shadow) {
    public StepResult(
        double weight,
        DeployActivities.@Nullable VersionTraffic traffic,
        boolean passed,
        String sentence) {
      this(weight, traffic, passed, sentence, null);
    }
  }
}
