package io.millrace.workflows.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.workflows.port.deploy.DeployActivities.Calibration;
import io.millrace.workflows.port.deploy.DeployActivities.ErrorCounts;
import io.millrace.workflows.port.deploy.DeployActivities.QualityCounts;
import io.millrace.workflows.port.deploy.DeployActivities.VersionTraffic;
import io.millrace.workflows.spec.DeploymentSpec.RolloutSpec;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class QualityAnalysisTest {
  private static final List<Double> STEPS = List.of(0.1, 0.5, 1.0);

  /** This rule alone, so that it gets all of the chance of a false alarm. */
  private static final RolloutSpec RULES =
      new RolloutSpec(STEPS, Duration.ofMinutes(5), 500, List.of("quality"));

  private static final int LOOKS = 40;

  /** Answers of both versions between two looks. */
  private static final int ANSWERS = 400;

  /** Number of the look of the whole rollout at which it was broken off; -1 at none. */
  private static int brokenAt(
      Random random, Supplier<SimulatedAnswers> fresh, Supplier<SimulatedAnswers> old) {
    QualityAnalysis quality = new QualityAnalysis();
    SimulatedAnswers mine = fresh.get();
    SimulatedAnswers others = old.get();
    VersionTraffic baseline = null;
    int look = 0;
    for (double share : STEPS) {
      SequentialAnalysis analysis =
          new SequentialAnalysis(RULES, STEPS.size(), share, baseline, quality);
      for (int i = 0; i < LOOKS; i++) {
        look++;
        mine.serve(random, (int) (ANSWERS * share));
        others.serve(random, (int) (ANSWERS * (1 - share)));
        if (!analysis.look(mine.seen(), others.seen(), i == LOOKS - 1).passed()) {
          return look;
        }
      }
      baseline = share < 1 ? others.seen() : baseline;
    }
    return -1;
  }

  private static int broken(
      String what, int rollouts, Supplier<SimulatedAnswers> fresh, Supplier<SimulatedAnswers> old) {
    Random random = new Random(7);
    int broken = 0;
    for (int i = 0; i < rollouts; i++) {
      broken += brokenAt(random, fresh, old) >= 0 ? 1 : 0;
    }
    System.out.printf("%s: %d of %d rollouts were broken off%n", what, broken, rollouts);
    return broken;
  }

  /** At most 1 % of the rollouts of a version that is no different may be broken off. */
  @Test
  void look_atAVersionThatIsAsRight_seldomBreaksARollout() {
    for (double rate : new double[] {0.02, 0.2, 0.45}) {
      for (double labels : new double[] {0.05, 0.5}) {
        assertThat(
                broken(
                    "wrong on " + rate + ", labels for " + labels,
                    300,
                    () -> SimulatedAnswers.classes(2, labels, rate),
                    () -> SimulatedAnswers.classes(1, labels, rate)))
            .isLessThanOrEqualTo(3);
      }
    }
  }

  @Test
  void look_atAVersionWhoseValuesAreAsFarOff_seldomBreaksARollout() {
    assertThat(
            broken(
                "values as far off",
                400,
                () -> SimulatedAnswers.values(2, 0.1, 3),
                () -> SimulatedAnswers.values(1, 0.1, 3)))
        .isLessThanOrEqualTo(4);
  }

  @Test
  void look_atAVersionThatIsAsSure_seldomBreaksARollout() {
    assertThat(
            broken(
                "as sure",
                400,
                () -> SimulatedAnswers.scores(2, 0.1, 0.01),
                () -> SimulatedAnswers.scores(1, 0.1, 0.01)))
        .isLessThanOrEqualTo(4);
  }

  /** With so many labels that chance is excluded: what remains does not matter. */
  @Test
  void look_atDifferencesThatDoNotMatter_seldomBreaksARollout() {
    assertThat(
            broken(
                "wrong on 20.3 instead of 20 %",
                200,
                () -> SimulatedAnswers.classes(2, 1, 0.203),
                () -> SimulatedAnswers.classes(1, 1, 0.2)))
        .isLessThanOrEqualTo(4);
    assertThat(
            broken(
                "5 % further off",
                200,
                () -> SimulatedAnswers.values(2, 0.2, 3.15),
                () -> SimulatedAnswers.values(1, 0.2, 3)))
        .isLessThanOrEqualTo(4);
    assertThat(
            broken(
                "a little less sure",
                200,
                () -> SimulatedAnswers.scores(2, 0.12, 0.01),
                () -> SimulatedAnswers.scores(1, 0.1, 0.01)))
        .isLessThanOrEqualTo(2);
  }

  @Test
  void look_atAVersionThatIsWorse_isBroken() {
    found(
        "wrong on 40 instead of 20 %, labels for 20 %",
        60,
        () -> SimulatedAnswers.classes(2, 0.2, 0.4),
        () -> SimulatedAnswers.classes(1, 0.2, 0.2));
    found(
        "half further off, labels for 20 %",
        60, () -> SimulatedAnswers.values(2, 0.2, 4.5), () -> SimulatedAnswers.values(1, 0.2, 3));
    found(
        "by its scores 30 instead of 10 % wrong, no labels",
        40,
        () -> SimulatedAnswers.scores(2, 0.4, 0.02),
        () -> SimulatedAnswers.scores(1, 0.1, 0.02));
  }

  private static void found(
      String what, int within, Supplier<SimulatedAnswers> fresh, Supplier<SimulatedAnswers> old) {
    Random random = new Random(11);
    int[] looks = new int[100];
    for (int i = 0; i < looks.length; i++) {
      looks[i] = brokenAt(random, fresh, old);
      assertThat(looks[i]).as(what + " is found").isPositive();
    }
    Arrays.sort(looks);
    System.out.printf(
        "%s: found at look %d (median), %d (95 %%), %d (last)%n",
        what, looks[50], looks[95], looks[99]);
    assertThat(looks[95]).as(what).isLessThanOrEqualTo(within);
  }

  @Test
  void look_atLabels_saysWhatTheyAre() {
    VersionTraffic fresh = traffic(2, counts(400, 180, 0.2));
    VersionTraffic old = traffic(1, counts(900, 180, 0.2));
    assertThat(look(fresh, old))
        .isEqualTo(
            "quality: 180 of 400 labelled rows wrong, the old version 180 of 900 (expected: no"
                + " more often) (1000 requests)");
    assertThat(look(traffic(2, counts(400, 81, 0.2)), old))
        .isEqualTo(
            "nothing worse (1000 requests, quality: 81 of 400 labelled rows wrong, the old version"
                + " 180 of 900)");
  }

  @Test
  void look_atTooFewLabels_saysWhyNothingElseIsJudged() {
    VersionTraffic old = traffic(1, counts(12, 3, 0.01));
    assertThat(look(traffic(2, counts(3, 3, 0.08)), old))
        .isEqualTo(
            "nothing worse (1000 requests, quality not judged: labels for 3 rows, the old version's"
                + " for 12, and the scores are not trustworthy (calibration error 0.080, expected:"
                + " at most 0.05))");
    assertThat(look(traffic(2, counts(3, 3, null)), old)).contains("(calibration not measured,");
    assertThat(look(traffic(2, counts(3, 3, 0.02)), old)).contains("and too few scores");
    assertThat(look(traffic(2, new QualityCounts(3, 3L, null, null)), old))
        .contains("quality not judged: labels for 3 rows, the old version's for 12)");
    assertThat(look(traffic(2, null), old)).contains("quality not judged: it cannot be seen");
  }

  @Test
  void look_atScoresThatAreNotCalibrated_doesNotTakeThemAtTheirWord() {
    Random random = new Random(3);
    assertThat(
            brokenAt(
                random,
                () -> SimulatedAnswers.scores(2, 0.4, 0.06),
                () -> SimulatedAnswers.scores(1, 0.1, 0.01)))
        .isEqualTo(-1);
  }

  @Test
  void look_ofARolloutWithoutTheRule_saysNothingOfIt() {
    RolloutSpec others = new RolloutSpec(STEPS, Duration.ofMinutes(5), 500, List.of("errors"));
    assertThat(
            new SequentialAnalysis(others, 3, 0.1, null, new QualityAnalysis())
                .look(traffic(2, counts(400, 400, 0.2)), traffic(1, counts(900, 0, 0.2)), true)
                .sentence())
        .isEqualTo("nothing worse (1000 requests)");
  }

  @Test
  void buckets_ofErrors_tellMeanAndWhatIsFarOff() {
    double[] errors = new double[1_000];
    for (int i = 0; i < errors.length; i++) {
      errors[i] = (i + 0.5) / 100;
    }
    ErrorCounts counts = ErrorBuckets.of(errors);
    assertThat(ErrorBuckets.total(counts)).isEqualTo(1_000);
    assertThat(ErrorBuckets.mean(counts)).isCloseTo(5, within(0.2));
    int far = ErrorBuckets.quantile(counts, 0.5);
    // the bucket with 5 ends at 2^(10/4)
    assertThat(ErrorBuckets.end(far)).isCloseTo(5.657, within(0.001));
    assertThat(ErrorBuckets.above(counts, far)).isEqualTo(434);
    assertThat(ErrorBuckets.of(new double[] {0, 0, Double.NaN, 1e300}).counts())
        .hasSize(384)
        .startsWith(2L)
        .endsWith(2L);
    assertThat(ErrorBuckets.of(new double[0])).isEqualTo(new ErrorCounts(0, List.of()));
  }

  private static QualityCounts counts(long labelled, long wrong, @Nullable Double error) {
    return new QualityCounts(labelled, wrong, null, new Calibration(error, 0.5));
  }

  private static VersionTraffic traffic(int version, @Nullable QualityCounts quality) {
    return new VersionTraffic(version, 1_000, 0, 1.0, 4.0, null).with(quality);
  }

  private static String look(VersionTraffic fresh, VersionTraffic old) {
    return new SequentialAnalysis(RULES, 3, 0.5, null, new QualityAnalysis())
        .look(fresh, old, true)
        .sentence();
  }
}
