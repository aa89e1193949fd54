package io.millrace.workflows.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class StallsTest {
  private static final Instant START = Instant.parse("2026-03-01T12:00:00Z");

  private Instant now = START;

  @Test
  void due_isTimesTheMedianAfterTheLastStep_howeverLongOnePauseWas() {
    Stalls stalls = moving(10, 120, 120, 4000, 120, 120);

    assertThat(stalls.due("a")).isEqualTo(now.plusSeconds(1200));
    assertThat(stalls.stalled("a", now.plusSeconds(1199))).isFalse();
    assertThat(stalls.stalled("a", now.plusSeconds(1200))).isTrue();
    assertThat(stalls.silent("a", now.plusSeconds(1200))).isEqualTo(Duration.ofSeconds(1200));
  }

  @Test
  void due_ofShortSteps_isNeverSoonerThanAPauseMayTake() {
    assertThat(moving(10, 1, 1, 1, 1).due("a")).isEqualTo(now.plus(Stalls.LEAST));
  }

  @Test
  void due_withoutAMeasure_orWhenAskedNever_isNever() {
    assertThat(moving(10, 60, 60).due("a")).isNull();
    assertThat(moving(0, 60, 60, 60, 60).due("a")).isNull();
    assertThat(moving(10, 60, 60, 60, 60).due("b")).isNull();
  }

  @Test
  void due_byDefault_isTenTimes() {
    assertThat(moving(null, 60, 60, 60).due("a")).isEqualTo(now.plusSeconds(600));
  }

  @Test
  void moved_toldTwiceOfOneStep_isOneTelling() {
    Stalls stalls = moving(10, 60, 60, 60);
    Instant due = stalls.due("a");

    stalls.moved("a", 3, now.plusSeconds(500));

    assertThat(stalls.due("a")).isEqualTo(due);
  }

  @Test
  void woke_late_givesEveryNodeItsWholeTimeAgain() {
    Stalls stalls = moving(10, 60, 60, 60);
    Instant due = now.plusSeconds(600);

    stalls.woke(due, due.plusSeconds(30));
    assertThat(stalls.due("a")).isEqualTo(due);
    stalls.woke(due, due.plusSeconds(1800));
    assertThat(stalls.due("a")).isEqualTo(due.plusSeconds(2400));
  }

  @Test
  void state_isKept_withTheNewestMeasuresOnly() {
    Stalls stalls = new Stalls(10, null);
    for (int step = 0; step <= Stalls.KEPT + 10; step++, now = now.plusSeconds(60)) {
      stalls.moved("a", step, now);
    }

    assertThat(stalls.state().seconds()).hasSize(Stalls.KEPT);
    Stalls again = new Stalls(10, stalls.state());
    assertThat(again.due("a")).isEqualTo(stalls.due("a")).isNotNull();
    again.forget("a");
    assertThat(again.due("a")).isNull();
  }

  /** Node a does a step after each of the pauses. */
  private Stalls moving(@Nullable Integer times, int... pauses) {
    now = START;
    Stalls stalls = new Stalls(times, null);
    long step = 0;
    stalls.moved("a", step, now);
    for (int pause : pauses) {
      now = now.plusSeconds(pause);
      stalls.moved("a", ++step, now);
    }
    return stalls;
  }
}
