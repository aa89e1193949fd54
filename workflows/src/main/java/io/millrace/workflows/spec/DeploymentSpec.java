package io.millrace.workflows.spec;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.millrace.workflows.ref.Checks;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where the endpoint lives and how it moves.
 *
 * @param target {@code {local: {port: 0}}}
 * @param scale how many instances serve a version; null is one, or what the target does by itself
 */
@JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
public record DeploymentSpec(TargetSpec target, RolloutSpec rollout, @Nullable ScaleSpec scale) {
  public DeploymentSpec(TargetSpec target, RolloutSpec rollout) {
    this(target, rollout, null);
  }

  /**
   * @param steps shares of traffic, 0..1, ascending, the last 1
   * @param bake time each step is watched
   * @param minRequests requests the new version must have had in a step before it is judged; a step
   *     whose bake ends with fewer is judged on what there is and says so
   * @param rollbackOn {@code errors}, {@code latency}, {@code score-shift}, {@code quality}
   * @param shadow mirrored traffic before the first step; null for none
   */
  @JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
  public record RolloutSpec(
      List<Double> steps,
      Duration bake,
      int minRequests,
      List<String> rollbackOn,
      @Nullable ShadowSpec shadow) {
    public RolloutSpec {
      steps = Checks.list(steps);
      rollbackOn = Checks.list(rollbackOn);
    }

    public RolloutSpec(
        List<Double> steps, Duration bake, int minRequests, List<String> rollbackOn) {
      this(steps, bake, minRequests, rollbackOn, null);
    }
  }

  /**
   * The new version answers a copy of the traffic and nobody sees what it says.
   *
   * @param share of the requests that are copied, 0..1
   * @param bake time it is watched
   */
  public record ShadowSpec(double share, Duration bake) {}

  /**
   * @param min instances of a version that has traffic
   * @param max instances of a version at most
   * @param perInstance requests per second an instance is meant for; null where the target scales
   *     by processor time
   */
  @JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
  public record ScaleSpec(int min, int max, @Nullable Double perInstance) {}
}
