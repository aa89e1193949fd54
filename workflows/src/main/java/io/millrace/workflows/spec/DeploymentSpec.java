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
 */
@JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
public record DeploymentSpec(TargetSpec target, RolloutSpec rollout) {
  /** Exactly one is set. */
  public record TargetSpec(@Nullable LocalTargetSpec local) {}

  /**
   * @param port 0 takes a free one, which the endpoint keeps
   */
  public record LocalTargetSpec(int port) {}

  /**
   * @param steps shares of traffic, 0..1, ascending, the last 1
   * @param bake time each step is watched
   * @param minRequests requests the new version must have had in a step before it is judged; a step
   *     whose bake ends with fewer is judged on what there is and says so
   * @param rollbackOn {@code errors}, {@code latency}, {@code score-shift}
   */
  @JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
  public record RolloutSpec(
      List<Double> steps, Duration bake, int minRequests, List<String> rollbackOn) {
    public RolloutSpec {
      steps = Checks.list(steps);
      rollbackOn = Checks.list(rollbackOn);
    }
  }
}
