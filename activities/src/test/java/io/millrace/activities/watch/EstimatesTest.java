package io.millrace.activities.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.activities.dataset.Table;
import io.millrace.activities.watch.estimate.ConfidenceEstimate;
import io.millrace.activities.watch.estimate.Coverage;
import io.millrace.activities.watch.estimate.LossEstimate;
import io.millrace.inference.model.Feature;
import io.millrace.inference.profile.NumberProfile;
import io.millrace.inference.profile.Profile;
import io.millrace.inference.profile.ProfileBuilder;
import io.millrace.workflows.port.watch.WatchActivities.Estimate;
import io.millrace.workflows.ref.Metric;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Estimates without labels beside what the labels said. */
class EstimatesTest {
  private static final CarLoan REFERENCE = CarLoan.reference();
  private static final CarLoan ANALYSIS = CarLoan.analysis();
  private static final Profile PROFILE = Profiles.of(REFERENCE, 0, 50_000);
  private static final ConfidenceEstimate LEARNED =
      ConfidenceEstimate.fit(
          REFERENCE.numbers("y_pred_proba", 0, 50_000),
          REFERENCE.numbers("repaid", 0, 50_000),
          0.5);

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9})
  void confidence_ofEachCarLoanChunk_isWithinItsStatedErrorOfTheRealisedOne(int chunk) {
    JsonNode realised = Golden.ALL.at("/car_loan_performance/chunks_of_5000/" + chunk);
    Profile window = Profiles.of(ANALYSIS, chunk * 5_000, (chunk + 1) * 5_000);
    Optional<String> uncovered = Coverage.problem(PROFILE, window);
    assertThat(uncovered).isEmpty();
    NumberProfile scores = (NumberProfile) window.column(ColumnDrift.PREDICTION).orElseThrow();
    expect(LEARNED.accuracy(scores, uncovered), realised.get("accuracy").asDouble(), 0.015);
    expect(LEARNED.rocAuc(scores, uncovered), realised.get("auc").asDouble(), 0.015);
  }

  private static void expect(Estimate estimate, double realised, double widest) {
    assertThat(estimate.trustworthy()).as(estimate.sentence()).isTrue();
    Metric metric = Objects.requireNonNull(estimate.metric());
    double low = Objects.requireNonNull(metric.low());
    double high = Objects.requireNonNull(metric.high());
    assertThat(realised).as(estimate.sentence()).isBetween(low, high);
    // an error that is stated wide enough to hold anything would be no statement
    assertThat(high - metric.value()).isLessThan(widest);
  }

  @Test
  void confidence_ofTheDriftedHalf_seesThatTheAccuracyFell() {
    Profile before = Profiles.of(ANALYSIS, 0, 25_000);
    Profile after = Profiles.of(ANALYSIS, 25_000, 50_000);
    assertThat(accuracy(after)).isLessThan(accuracy(before) - 0.02);
  }

  private static double accuracy(Profile window) {
    NumberProfile scores = (NumberProfile) window.column(ColumnDrift.PREDICTION).orElseThrow();
    return Objects.requireNonNull(LEARNED.accuracy(scores, Optional.empty()).metric()).value();
  }

  @Test
  void confidence_ofScoresWhereTheReferenceHasNone_isNotTrustworthy() {
    Random random = new Random(3);
    double[] scores = random.doubles(5_000, 0.6, 1).toArray();
    double[] truth = random.doubles(5_000).map(u -> u < 0.8 ? 1 : 0).toArray();
    ConfidenceEstimate learned = ConfidenceEstimate.fit(scores, truth, 0.5);
    Estimate estimate =
        learned.accuracy(
            Profiles.numbers(random.doubles(1_000, 0.1, 0.4).toArray()), Optional.empty());
    assertThat(estimate.trustworthy()).isFalse();
    assertThat(estimate.sentence())
        .contains("not trustworthy: 100 % of the scores are where the reference has few");
  }

  @Test
  void confidence_ofScoresThatSayNothingStable_isNotTrustworthy() {
    // few rows, each group of scores true or false by a coin that holds for one half only
    double[] scores = new double[600];
    double[] truth = new double[600];
    for (int i = 0; i < scores.length; i++) {
      scores[i] = i / 600.0;
      truth[i] = i % 2 == 0 ? (i < 300 ? 0 : 1) : (i < 300 ? 1 : 0);
    }
    Estimate estimate =
        ConfidenceEstimate.fit(scores, truth, 0.5)
            .accuracy(Profiles.numbers(scores), Optional.empty());
    assertThat(estimate.trustworthy()).isFalse();
    assertThat(estimate.sentence()).contains("the scores are not calibrated");
  }

  @Test
  void confidence_ofFewHeldOutRows_isNotMade() {
    Estimate estimate =
        ConfidenceEstimate.fit(new double[] {0.1, 0.9}, new double[] {0, 1}, 0.5)
            .accuracy(Profiles.numbers(new double[] {0.5}), Optional.empty());
    assertThat(estimate.metric()).isNull();
    assertThat(estimate.sentence())
        .isEqualTo(
            "accuracy cannot be estimated: 2 held-out rows, 1 of the rarer outcome (at least 500"
                + " and 50 are needed).");
  }

  @Test
  void coverage_ofValuesTheReferenceHasNot_namesTheColumn() {
    Profile reference = profile(0, 1, "a", 0);
    assertThat(Coverage.problem(reference, profile(0.1, 0.8, "a", 0))).isEmpty();
    assertThat(Coverage.problem(reference, profile(0.5, 1, "a", 0)).orElseThrow())
        .contains("of the values of x are none that the reference has");
    assertThat(Coverage.problem(reference, profile(0, 1, "b", 0)).orElseThrow())
        .isEqualTo("100 % of the values of c are none that the reference has");
    assertThat(Coverage.problem(reference, profile(0, 1, "a", 100)).orElseThrow())
        .isEqualTo("x is missing in 10 % of the rows, before in 0 %");
    assertThat(Coverage.problem(reference, reference.only(java.util.Set.of("c"))).orElseThrow())
        .isEqualTo("the window has no column x");
  }

  private static Profile profile(double start, double width, String text, int missing) {
    ProfileBuilder builder =
        new ProfileBuilder(
            List.of(
                new Profile.Column("x", Feature.Kind.NUMBER),
                new Profile.Column("c", Feature.Kind.CATEGORY)));
    for (int i = 0; i < 1_000; i++) {
      builder.add(0, i < missing ? Double.NaN : start + width * i / 1_000);
      builder.add(1, text);
      builder.endRow();
    }
    return builder.build();
  }

  @Test
  void loss_ofRowsThatGetHarder_isWithinItsStatedErrorOfTheRealisedOne() {
    Noisy learned = new Noisy(1, 8_000, 0);
    LossEstimate estimates = LossEstimate.fit(learned.rows, learned.answers, learned.truth);
    for (int seed = 2; seed < 12; seed++) {
      Noisy window = new Noisy(seed, 3_000, 0.3);
      Estimate estimate = estimates.of(window.rows, window.answers, 3_000, Optional.empty());
      assertThat(estimate.trustworthy()).as(estimate.sentence()).isTrue();
      Metric metric = Objects.requireNonNull(estimate.metric());
      assertThat(window.mae())
          .as(estimate.sentence())
          .isBetween(Objects.requireNonNull(metric.low()), Objects.requireNonNull(metric.high()));
      assertThat(metric.value()).isGreaterThan(1.2 * learned.mae());
      assertThat(Objects.requireNonNull(metric.high()) - metric.value())
          .isLessThan(0.15 * metric.value());
    }
  }

  @Test
  void loss_ofFewRows_isNotMade() {
    Noisy few = new Noisy(1, 100, 0);
    Estimate estimate =
        LossEstimate.fit(few.rows, few.answers, few.truth)
            .of(few.rows, few.answers, 100, Optional.empty());
    assertThat(estimate.metric()).isNull();
    assertThat(estimate.sentence()).contains("100 held-out rows (at least 500 are needed)");
  }

  @Test
  void loss_outsideOfTheReference_isNotTrustworthy() {
    Noisy learned = new Noisy(1, 4_000, 0);
    Estimate estimate =
        LossEstimate.fit(learned.rows, learned.answers, learned.truth)
            .of(learned.rows, learned.answers, 4_000, Optional.of("the window has no column x"));
    assertThat(estimate.trustworthy()).isFalse();
    assertThat(estimate.sentence()).endsWith("not trustworthy: the window has no column x.");
    assertThat(Objects.requireNonNull(estimate.metric()).value())
        .isCloseTo(learned.mae(), within(0.1));
  }

  /** A right model of a world whose noise grows with x. */
  private static final class Noisy {
    final Table rows;
    final double[] answers;
    final double[] truth;

    /**
     * @param shift of x, within its range
     */
    Noisy(int seed, int size, double shift) {
      Random random = new Random(seed);
      double[] x = new double[size];
      double[] z = new double[size];
      answers = new double[size];
      truth = new double[size];
      for (int i = 0; i < size; i++) {
        x[i] = shift + (1 - shift) * random.nextDouble();
        z[i] = random.nextGaussian();
        answers[i] = 3 * x[i] + z[i];
        truth[i] = answers[i] + (0.2 + 2 * x[i]) * random.nextGaussian();
      }
      rows = new Table(size, List.of(new Table.Numbers("x", x), new Table.Numbers("z", z)));
    }

    double mae() {
      double sum = 0;
      for (int i = 0; i < truth.length; i++) {
        sum += Math.abs(truth[i] - answers[i]);
      }
      return sum / truth.length;
    }
  }
}
