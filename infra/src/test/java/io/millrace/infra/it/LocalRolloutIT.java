package io.millrace.infra.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.workflows.ref.ModelRef;
import io.millrace.workflows.rollout.Rollout.RolloutOutcome;
import io.millrace.workflows.spec.DeploymentSpec.ShadowSpec;
import io.millrace.workflows.spec.TargetSpec;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** On this machine's own endpoint, whose server mirrors requests too. */
class LocalRolloutIT extends RolloutScenarios {
  @Override
  TargetSpec target() {
    return TargetSpec.local(0);
  }

  @Test
  void rollout_withAShadow_findsABadVersionBeforeAnybodySeesItsAnswers() throws Exception {
    ModelRef one = publish(1, 0, 120, 0);
    assertThat(start(one, null, quick()).promoted()).isTrue();
    try (ConstantLoad load = load()) {
      awaitAnswers(load, 5 * RATE);
      RolloutOutcome outcome =
          start(
              publish(2, 1.5, 120, 0), one, steps(60, new ShadowSpec(0.5, Duration.ofSeconds(60))));
      assertThat(outcome.promoted()).isFalse();
      assertThat(outcome.sentence()).contains("score-shift");
      assertThat(outcome.steps()).hasSize(1);
      assertThat(outcome.steps().getFirst().shadow()).isEqualTo(0.5);
      assertNoneFailed(load.answers());
      assertThat(load.answers()).noneMatch(answer -> answer.version() == 2);
    }
  }
}
