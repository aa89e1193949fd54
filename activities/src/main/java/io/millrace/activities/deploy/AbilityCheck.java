package io.millrace.activities.deploy;

import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.deploy.DeployActivities.PrepareRequest;
import io.millrace.workflows.spec.DeploymentSpec;
import io.millrace.workflows.spec.TargetSpec;
import java.util.Set;

/** Holds what is asked of a target against what it can do. */
final class AbilityCheck {
  private AbilityCheck() {}

  /** What the target cannot do is refused while nothing has changed. */
  static void refuse(PrepareRequest request, Set<Target.Ability> abilities) {
    DeploymentSpec.RolloutSpec rollout = request.rollout();
    if (rollout != null) {
      need(
          abilities,
          Target.Ability.WEIGHTS,
          rollout.steps().stream().anyMatch(step -> step < 1),
          "deployment.rollout.steps: " + rollout.steps(),
          request.target());
      need(
          abilities,
          Target.Ability.SHADOW,
          rollout.shadow() != null,
          "deployment.rollout.shadow: " + rollout.shadow(),
          request.target());
    }
    DeploymentSpec.ScaleSpec scale = request.scale();
    if (scale != null) {
      need(
          abilities,
          Target.Ability.INSTANCES,
          scale.min() > 1,
          "deployment.scale.min: " + scale.min(),
          request.target());
      need(
          abilities,
          Target.Ability.AUTOSCALING,
          scale.max() > scale.min(),
          "deployment.scale.max: " + scale.max(),
          request.target());
    }
  }

  private static void need(
      Set<Target.Ability> abilities,
      Target.Ability ability,
      boolean asked,
      String what,
      TargetSpec target) {
    if (asked && !abilities.contains(ability)) {
      throw Failures.of(
          FailureType.CONFIG_INVALID,
          what + " (expected: none of it, target " + target.kind() + " cannot do that)");
    }
  }
}
