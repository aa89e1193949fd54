package io.millrace.inference.server;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PayoffTest {
  private static final long SECOND = 1_000_000_000;

  private static void ran(Payoff payoff, int rows, long now) {
    for (int i = 0; i < Payoff.FIRST_RUNS + Payoff.RUNS; i++) {
      payoff.ran(rows, now);
    }
  }

  @Test
  void runsWithFewRows_endJoiningForASecond_thenForLonger() {
    Payoff payoff = new Payoff(20);
    assertThat(payoff.joins(0)).isTrue();
    ran(payoff, 7, 0);
    assertThat(payoff.joins(SECOND - 1)).isFalse();
    assertThat(payoff.joins(SECOND)).isTrue();
    ran(payoff, 7, SECOND);
    assertThat(payoff.joins(3 * SECOND - 1)).isFalse();
    assertThat(payoff.joins(3 * SECOND)).isTrue();
    for (int i = 0; i < 5; i++) {
      ran(payoff, 7, 100 * SECOND);
    }
    assertThat(payoff.joins(108 * SECOND)).as("never longer than eight").isTrue();
  }

  @Test
  void runsWithManyRows_goOn_andForgetThePause() {
    Payoff payoff = new Payoff(20);
    ran(payoff, 7, 0);
    ran(payoff, 30, SECOND);
    assertThat(payoff.joins(SECOND)).isTrue();
    ran(payoff, 7, SECOND);
    assertThat(payoff.joins(2 * SECOND)).as("a second again").isTrue();
  }

  @Test
  void theFirstRuns_inWhichTheQueueFills_doNotCount() {
    Payoff payoff = new Payoff(20);
    payoff.ran(1, 0);
    payoff.ran(3, 0);
    for (int i = 0; i < Payoff.RUNS; i++) {
      payoff.ran(20, 0);
    }
    assertThat(payoff.joins(0)).isTrue();
  }

  @Test
  void withoutANeed_requestsAreAlwaysJoined() {
    Payoff payoff = new Payoff(0);
    ran(payoff, 1, 0);
    assertThat(payoff.joins(0)).isTrue();
  }
}
