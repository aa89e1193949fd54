package io.millrace.workflows.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.workflows.port.deploy.DeployActivities.VersionTraffic;
import io.millrace.workflows.spec.DeploymentSpec.RolloutSpec;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SequentialAnalysisTest {
  private static final List<Double> STEPS = List.of(0.1, 0.5, 1.0);
  private static final RolloutSpec RULES =
      new RolloutSpec(
          STEPS, Duration.ofMinutes(5), 500, List.of("errors", "latency", "score-shift"));

  /** Looks as {@link StageWatch} makes them in a bake of five minutes, seconds apart. */
  private static final int[] LOOKS = looks();

  private static int[] looks() {
    int[] gaps = new int[24 + 12];
    Arrays.fill(gaps, 0, 24, 5);
    Arrays.fill(gaps, 24, gaps.length, 15);
    return gaps;
  }

  private static SequentialAnalysis analysis(double share, @Nullable VersionTraffic baseline) {
    return new SequentialAnalysis(RULES, STEPS.size(), share, baseline, new QualityAnalysis());
  }

  /** Second of the whole rollout at which it was broken off; -1 when it came to its end. */
  private static int brokenAt(
      Random random, Supplier<SimulatedTraffic> fresh, Supplier<SimulatedTraffic> old) {
    VersionTraffic baseline = null;
    int second = 0;
    for (double share : STEPS) {
      SequentialAnalysis analysis = analysis(share, baseline);
      SimulatedTraffic mine = fresh.get();
      SimulatedTraffic others = old.get();
      for (int i = 0; i < LOOKS.length; i++) {
        second += LOOKS[i];
        mine.serve(random, 200 * share * LOOKS[i]);
        others.serve(random, 200 * (1 - share) * LOOKS[i]);
        if (!analysis.look(mine.seen(), others.seen(), i == LOOKS.length - 1).passed()) {
          return second;
        }
      }
      baseline = share < 1 ? others.seen() : baseline;
    }
    return -1;
  }

  /** Two thousand rollouts of a version that is no different: at most 1 % may be broken off. */
  @Test
  void look_atAVersionThatIsNoDifferent_seldomBreaksARollout() {
    Random random = new Random(1);
    int broken = 0;
    for (int i = 0; i < 2_000; i++) {
      double rate = i % 2 == 0 ? 0 : 0.02;
      broken +=
          brokenAt(
                      random,
                      () -> new SimulatedTraffic(2, rate, 4, 0),
                      () -> new SimulatedTraffic(1, rate, 4, 0))
                  >= 0
              ? 1
              : 0;
    }
    System.out.println("null rollouts of 2000 that were broken off: " + broken);
    assertThat(broken).isLessThanOrEqualTo(20);
  }

  /** A new model is never quite the old one: small differences are none of a rollout's business. */
  @Test
  void look_atDifferencesThatDoNotMatter_seldomBreaksARollout() {
    Random random = new Random(2);
    int broken = 0;
    for (int i = 0; i < 300; i++) {
      broken +=
          brokenAt(
                      random,
                      () -> new SimulatedTraffic(2, 0.011, 5, 0.25),
                      () -> new SimulatedTraffic(1, 0.010, 4, 0))
                  >= 0
              ? 1
              : 0;
    }
    System.out.println("harmless rollouts of 300 that were broken off: " + broken);
    assertThat(broken).isLessThanOrEqualTo(9);
  }

  @Test
  void look_atAVersionThatErrsOnTwoPercent_isBrokenWithinAMinute() {
    delays("2 % errors", () -> new SimulatedTraffic(2, 0.02, 4, 0));
  }

  @Test
  void look_atAVersionThatIsSlow_isBrokenWithinAMinute() {
    delays("three times as slow", () -> new SimulatedTraffic(2, 0, 12, 0));
  }

  @Test
  void look_atAVersionWhoseScoresMoved_isBrokenWithinAMinute() {
    delays("scores one deviation up", () -> new SimulatedTraffic(2, 0, 4, 1));
  }

  /** At a tenth of 200 requests/s; the shift back comes on top, well under the rest of a minute. */
  private static void delays(String what, Supplier<SimulatedTraffic> fresh) {
    Random random = new Random(3);
    int[] seconds = new int[300];
    for (int i = 0; i < seconds.length; i++) {
      seconds[i] = brokenAt(random, fresh, () -> new SimulatedTraffic(1, 0, 4, 0));
      assertThat(seconds[i]).as(what + " is found").isPositive();
    }
    Arrays.sort(seconds);
    System.out.printf(
        "%s: found after %d s (median), %d s (95 %%), %d s (slowest of %d)%n",
        what, seconds[150], seconds[285], seconds[299], seconds.length);
    assertThat(seconds[285]).as(what + ", 95 % of rollouts").isLessThanOrEqualTo(45);
  }

  @Test
  void look_atAFewFailures_waits() {
    VersionTraffic old = new VersionTraffic(1, 900, 0, 1.0, 4.0, null);
    assertThat(analysis(0.1, null).look(traffic(9, 9), old, true).passed()).isTrue();
    assertThat(analysis(0.1, null).look(traffic(100, 2), old, true).passed()).isTrue();
  }

  @Test
  void look_atAVersionThatMostlyFails_isBrokenBeforeTheMinimum() {
    VersionTraffic old = new VersionTraffic(1, 180, 0, 1.0, 4.0, null);
    Judgement judgement = analysis(0.1, null).look(traffic(20, 15), old, false);
    assertThat(judgement.passed()).isFalse();
    assertThat(judgement.sentence())
        .isEqualTo(
            "errors: 15 of 20, the old version 0 of 180 (expected: no more often) (20 requests,"
                + " fewer than the 500 asked for: judged on what there is)");
  }

  @Test
  void look_whenBothVersionsFailAlike_isNotBroken() {
    VersionTraffic old = new VersionTraffic(1, 900, 450, 1.0, 4.0, null);
    assertThat(analysis(0.1, null).look(traffic(100, 52), old, true).passed()).isTrue();
  }

  @Test
  void look_withAllTraffic_isJudgedAgainstWhatTheOldVersionWas() {
    VersionTraffic none = VersionTraffic.none(1);
    VersionTraffic before = new VersionTraffic(1, 5_000, 50, 1.0, 4.0, null);
    assertThat(analysis(1, before).look(traffic(2_000, 24), none, true).passed()).isTrue();
    assertThat(analysis(1, before).look(traffic(2_000, 60), none, true).passed()).isFalse();
    // nothing to compare with: one in a hundred
    assertThat(analysis(1, null).look(traffic(2_000, 20), none, true).passed()).isTrue();
    assertThat(analysis(1, null).look(traffic(2_000, 60), none, true).passed()).isFalse();
  }

  @Test
  void look_atATargetWithoutBuckets_judgesTheEstimatesWhenTheBakeIsOver() {
    VersionTraffic old = new VersionTraffic(1, 10_000, 0, 1.0, 10.0, null);
    VersionTraffic slow = new VersionTraffic(2, 1_000, 0, 5.0, 40.0, 0.6);
    assertThat(analysis(0.1, null).look(slow, old, false).passed()).isTrue();
    assertThat(analysis(0.1, null).look(slow, old, true).sentence())
        .contains("latency: p99 40.0 ms", "score-shift: PSI 0.60");
  }

  @Test
  void look_atRulesThatAreNotListed_isNotBroken() {
    RolloutSpec nothing = new RolloutSpec(STEPS, Duration.ofMinutes(5), 0, List.of());
    VersionTraffic old = new VersionTraffic(1, 10_000, 0, 1.0, 10.0, null);
    assertThat(
            new SequentialAnalysis(nothing, 3, 0.1, null, new QualityAnalysis())
                .look(new VersionTraffic(2, 1_000, 1_000, 9.0, 900.0, 9.0), old, true)
                .passed())
        .isTrue();
  }

  private static VersionTraffic traffic(long requests, long errors) {
    return new VersionTraffic(2, requests, errors, 1.0, 4.0, null);
  }
}
