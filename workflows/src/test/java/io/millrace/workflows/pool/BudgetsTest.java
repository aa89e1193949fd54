package io.millrace.workflows.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class BudgetsTest {
  private final Budgets budgets = new Budgets(2, Counts.NONE);

  @Test
  void refusals_doNotEatTheInterruptions_norTheStarts() {
    for (int i = 0; i < Budgets.REFUSALS; i++) {
      assertThat(budgets.refusalsSpent()).isFalse();
      budgets.refused(true);
    }

    assertThat(budgets.refusalsSpent()).isTrue();
    assertThat(budgets.interruptionsSpent()).isFalse();
    assertThat(budgets.startsSpent()).isFalse();
  }

  @Test
  void refusals_whileSomethingElseIsLeftToTry_areNotCounted() {
    for (int i = 0; i < 100; i++) {
      budgets.refused(false);
    }

    assertThat(budgets.refusalsSpent()).isFalse();
    assertThat(budgets.pauseAfterRefusal()).isEqualTo(Duration.ofMinutes(5));
    budgets.filled();
    budgets.refused(false);
    assertThat(budgets.pauseAfterRefusal()).isEqualTo(Duration.ofSeconds(15));
  }

  @Test
  void interruptions_areSpentByTheOneAfterTheLastAllowed() {
    budgets.interrupted();
    budgets.interrupted();
    assertThat(budgets.interruptionsSpent()).isFalse();
    budgets.interrupted();
    assertThat(budgets.interruptionsSpent()).isTrue();
  }

  @Test
  void startThatFails_isForgivenByANodeThatWorked() {
    budgets.failedStart();
    budgets.failedStart();
    budgets.interrupted();
    budgets.failedStart();

    assertThat(budgets.startsSpent()).isFalse();
    assertThat(budgets.counts().failedStarts()).isEqualTo(3);
  }

  @Test
  void pauses_betweenStartsThatFail_grow() {
    budgets.failedStart();
    assertThat(budgets.pauseAfterFailedStart()).isZero();
    budgets.failedStart();
    assertThat(budgets.pauseAfterFailedStart()).isEqualTo(Duration.ofSeconds(1));
    for (int i = 0; i < 20; i++) {
      budgets.failedStart();
    }
    assertThat(budgets.pauseAfterFailedStart()).isEqualTo(Duration.ofSeconds(60));
  }

  @Test
  void early_isSecondsForANodeThatWasUp_andMinutesForOneThatNeverSpoke() {
    assertThat(Budgets.early(Duration.ofSeconds(19), true)).isTrue();
    assertThat(Budgets.early(Duration.ofSeconds(20), true)).isFalse();
    assertThat(Budgets.early(Duration.ofMinutes(9), false)).isTrue();
    assertThat(Budgets.early(Duration.ofMinutes(10), false)).isFalse();
  }
}
