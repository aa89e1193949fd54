package io.millrace.workflows.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.workflows.port.deploy.DeployActivities.VersionTraffic;
import io.millrace.workflows.spec.DeploymentSpec.RolloutSpec;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class ThresholdAnalysisTest {
  private static final VersionTraffic OLD = new VersionTraffic(1, 10_000, 20, 1.0, 10.0, null);

  private static ThresholdAnalysis analysis(String... rules) {
    return new ThresholdAnalysis(
        new RolloutSpec(List.of(1.0), Duration.ofMinutes(10), 500, List.of(rules)));
  }

  private static VersionTraffic fresh(long requests, long errors, double p99, double shift) {
    return new VersionTraffic(2, requests, errors, 1.0, p99, shift);
  }

  @Test
  void errors_withinOnePercentOfTheOldVersion_areAccepted() {
    assertThat(analysis("errors").last(fresh(1000, 12, 10, 0), OLD).passed()).isTrue();
  }

  @Test
  void errors_beyondOnePercentAndTwiceTheOldRate_areBroken() {
    assertThat(analysis("errors").last(fresh(1000, 13, 10, 0), OLD).sentence())
        .isEqualTo("errors: 13 of 1000 (expected: a rate of at most 1.2 %) (1000 requests)");
  }

  @Test
  void errors_belowTwiceAHighOldRate_areAccepted() {
    VersionTraffic old = new VersionTraffic(1, 1000, 100, 1.0, 10.0, null);

    assertThat(analysis("errors").last(fresh(1000, 199, 10, 0), old).passed()).isTrue();
    assertThat(analysis("errors").last(fresh(1000, 201, 10, 0), old).passed()).isFalse();
  }

  @Test
  void early_ofAFewFailuresByChance_waits() {
    assertThat(analysis("errors").early(fresh(100, 3, 10, 0), OLD).passed()).isTrue();
  }

  @Test
  void early_ofAVersionThatMostlyFails_stopsBeforeTheMinimum() {
    assertThat(analysis("errors").early(fresh(20, 15, 10, 0), OLD).passed()).isFalse();
  }

  @Test
  void lowerBound_ofWilsonsInterval_matchesAWorkedExample() {
    // (p + z²/2n − z √(p(1−p)/n + z²/4n²)) / (1 + z²/n), n = 100, k = 50, z = 3.29
    assertThat(ThresholdAnalysis.lowerBound(50, 100))
        .isCloseTo(0.3437, org.assertj.core.data.Offset.offset(5e-4));
  }

  @Test
  void latency_needsBothTwiceAndFiveMilliseconds() {
    VersionTraffic quick = new VersionTraffic(1, 10_000, 0, 0.5, 1.0, null);

    assertThat(analysis("latency").last(fresh(1000, 0, 4, 0), quick).passed()).isTrue();
    assertThat(analysis("latency").last(fresh(1000, 0, 21, 0), OLD).passed()).isFalse();
    assertThat(analysis("latency").last(fresh(1000, 0, 19, 0), OLD).passed()).isTrue();
  }

  @Test
  void scoreShift_fromAQuarterOn_isBroken() {
    assertThat(analysis("score-shift").last(fresh(1000, 0, 10, 0.24), OLD).passed()).isTrue();
    assertThat(analysis("score-shift").last(fresh(1000, 0, 10, 0.26), OLD).passed()).isFalse();
  }

  @Test
  void scoreShift_thatFewRequestsGiveByChance_isAccepted() {
    assertThat(analysis("score-shift").last(fresh(120, 0, 10, 0.3), OLD).passed()).isTrue();
  }

  @Test
  void rulesThatAreNotListed_areNotJudged() {
    assertThat(analysis().last(fresh(1000, 1000, 1000, 9), OLD).passed()).isTrue();
  }

  @Test
  void fewRequests_areJudgedAndSaySo() {
    assertThat(analysis("errors").last(fresh(3, 0, 10, 0), OLD).sentence())
        .isEqualTo(
            "nothing worse (3 requests, fewer than the 500 asked for: judged on what there is)");
  }

  @Test
  void noRequests_passAndSaySo() {
    assertThat(
            analysis("errors", "latency", "score-shift")
                .last(new VersionTraffic(2, 0, 0, null, null, null), null)
                .sentence())
        .startsWith("nothing worse (0 requests");
  }
}
