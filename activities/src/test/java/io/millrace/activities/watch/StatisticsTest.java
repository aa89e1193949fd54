package io.millrace.activities.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.inference.profile.NumberProfile;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.assertj.core.data.Offset;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every hand case and every car-loan column of the golden file that a statistic of ours covers. */
class StatisticsTest {
  private static final Offset<Double> EXACT = within(1e-9);
  private static final CarLoan REFERENCE = CarLoan.reference();
  private static final CarLoan ANALYSIS = CarLoan.analysis();

  @Test
  void goodnessOfFit_ofScipysDocumentedCases_isScipys() {
    JsonNode one = Golden.hand("chisq-doc-1");
    double[] counts = Golden.doubles(one.at("/inputs/f_obs"));
    double[] even = new double[counts.length];
    Arrays.fill(even, Arrays.stream(counts).average().orElseThrow());
    expect(ChiSquared.goodnessOfFit(counts, even), one.at("/computed/stat"), one.at("/computed/p"));
    JsonNode two = Golden.hand("chisq-doc-2");
    expect(
        ChiSquared.goodnessOfFit(
            Golden.doubles(two.at("/inputs/f_obs")), Golden.doubles(two.at("/inputs/f_exp"))),
        two.at("/computed/stat"),
        two.at("/computed/p"));
  }

  @Test
  void wasserstein_ofScipysDocumentedCases_isScipys() {
    JsonNode plain = Golden.hand("w1-doc-1");
    assertThat(
            Distances.wasserstein(
                Golden.doubles(plain.at("/inputs/u")), Golden.doubles(plain.at("/inputs/v"))))
        .isCloseTo(plain.get("computed").asDouble(), EXACT);
    for (String id : List.of("w1-doc-2-weighted", "w1-doc-3-weighted")) {
      JsonNode weighted = Golden.hand(id);
      assertThat(
              Distances.wasserstein(
                  Golden.doubles(weighted.at("/inputs/u")),
                  Golden.doubles(weighted.at("/inputs/u_weights")),
                  Golden.doubles(weighted.at("/inputs/v")),
                  Golden.doubles(weighted.at("/inputs/v_weights"))))
          .isCloseTo(weighted.get("computed").asDouble(), EXACT);
    }
  }

  @ParameterizedTest
  @CsvSource({"js-doc-1,2", "js-doc-2,2.718281828459045", "js-doc-3,2.718281828459045"})
  void jensenShannon_ofScipysDocumentedCases_isScipys(String id, double base) {
    JsonNode node = Golden.hand(id);
    assertThat(
            Distances.jensenShannon(
                Golden.doubles(node.at("/inputs/p")), Golden.doubles(node.at("/inputs/q")), base))
        .isCloseTo(node.get("computed").asDouble(), EXACT);
  }

  @ParameterizedTest
  @ValueSource(strings = {"evidently-chi2-hellinger", "nannyml-linf-1", "nannyml-linf-2"})
  void categories_ofTheHandCases_haveTheGoldenValues(String id) {
    JsonNode computed = Golden.hand(id).get("computed");
    expectCategories(computed);
    if (computed.has("chi2_goodness_stat")) {
      double[] current = Golden.doubles(computed.get("cur_counts"));
      double[] reference = Golden.doubles(computed.get("ref_counts"));
      double scale = Arrays.stream(current).sum() / Arrays.stream(reference).sum();
      expect(
          ChiSquared.goodnessOfFit(current, Arrays.stream(reference).map(c -> c * scale).toArray()),
          computed.get("chi2_goodness_stat"),
          computed.get("chi2_goodness_p"));
    }
  }

  @Test
  void kolmogorovSmirnov_ofEightAgainstEight_isExactAndNotSignificant() {
    JsonNode node = Golden.hand("ks-small-exact");
    double[] reference = Golden.doubles(node.at("/inputs/ref"));
    double[] current = Golden.doubles(node.at("/inputs/cur"));
    expect(
        KolmogorovSmirnov.test(reference, current),
        node.at("/computed/ks_stat"),
        node.at("/computed/ks_p_scipy_auto"));
    assertThat(Distances.wasserstein(reference, current))
        .isCloseTo(node.at("/computed/wasserstein").asDouble(), EXACT);
    assertThat(StabilityIndex.of(reference, current))
        .isCloseTo(node.at("/computed/psi_ref_deciles_eps1e4").asDouble(), EXACT);
    expectBinned(node.get("computed"), reference, current);
  }

  @Test
  void kullbackLeibler_ofABiasedCoin_isScipysEntropy() {
    JsonNode node = Golden.hand("entropy-kl-doc");
    assertThat(
            Distances.kullbackLeibler(
                Golden.doubles(node.at("/inputs/pk")), Golden.doubles(node.at("/inputs/qk"))))
        .isCloseTo(node.get("computed").asDouble(), EXACT);
  }

  @Test
  void stabilityIndex_ofShares_hasTheGoldenValuesAtEachFloor() {
    JsonNode textbook = Golden.hand("psi-textbook-10-bins");
    assertThat(psi(textbook, StabilityIndex.FLOOR))
        .isCloseTo(textbook.get("computed").asDouble(), EXACT);
    JsonNode empty = Golden.hand("psi-empty-bin");
    assertThat(psi(empty, 1e-4)).isCloseTo(empty.at("/computed/eps=0.0001").asDouble(), EXACT);
    assertThat(psi(empty, 1e-6)).isCloseTo(empty.at("/computed/eps=1e-06").asDouble(), EXACT);
    assertThat(psi(empty, 1e-10)).isCloseTo(empty.at("/computed/eps=1e-10").asDouble(), EXACT);
  }

  @ParameterizedTest
  @CsvSource({
    "0,car_value", "0,debt_to_income_ratio", "0,loan_length", "0,driver_tenure", "0,y_pred_proba",
    "1,car_value", "1,debt_to_income_ratio", "1,loan_length", "1,driver_tenure", "1,y_pred_proba"
  })
  void numbers_ofEachCarLoanHalf_haveTheGoldenValues(int half, String column) {
    JsonNode node = Golden.half(half, column);
    double[] reference = REFERENCE.numbers(column, 0, 50_000);
    double[] current = ANALYSIS.numbers(column, half * 25_000, (half + 1) * 25_000);
    expect(
        KolmogorovSmirnov.test(reference, current),
        node.get("ks_stat"),
        node.get("ks_p_scipy_auto"));
    assertThat(StabilityIndex.of(reference, current))
        .isCloseTo(node.get("psi_ref_deciles_eps1e4").asDouble(), EXACT);
    double wasserstein = node.get("wasserstein").asDouble();
    assertThat(Distances.wasserstein(reference, current))
        .isCloseTo(wasserstein, within(wasserstein * 1e-9));
    expectBinned(node, reference, current);
  }

  @ParameterizedTest
  @CsvSource({
    "0,salary_range", "0,repaid_loan_on_prev_car", "0,size_of_downpayment", "0,y_pred",
    "1,salary_range", "1,repaid_loan_on_prev_car", "1,size_of_downpayment", "1,y_pred"
  })
  void categories_ofEachCarLoanHalf_haveTheGoldenValues(int half, String column) {
    JsonNode node = Golden.half(half, column);
    expectCategories(node);
    double[] current = Golden.doubles(node.get("cur_counts"));
    double[] reference = Golden.doubles(node.get("ref_counts"));
    double scale = Arrays.stream(current).sum() / Arrays.stream(reference).sum();
    expect(
        ChiSquared.goodnessOfFit(current, Arrays.stream(reference).map(c -> c * scale).toArray()),
        node.get("chi2_goodness_stat"),
        node.get("chi2_goodness_p"));
  }

  @Test
  void kolmogorovSmirnov_pastTheExactRange_meetsTheExactValue() {
    // 3,000 x 3,000 is counted, 3,200 x 3,200 is not: the two methods must agree where they meet
    assertThat(KolmogorovSmirnov.pValue(0.03, 3_160, 3_160))
        .isCloseTo(KolmogorovSmirnov.pValue(0.03, 3_170, 3_170), within(0.003));
    assertThat(KolmogorovSmirnov.pValue(0.2, 100, 200_000)).isBetween(4e-4, 8e-4);
    assertThat(KolmogorovSmirnov.pValue(0.001, 5_000_000, 5_000_000))
        .isCloseTo(0.0135, Percentage.withPercentage(2));
  }

  @Test
  void kolmogorovSmirnov_ofAHairsBreadth_isOneAndNotNan() {
    for (double d : new double[] {1e-12, 1e-9, 1e-6, 1e-5, 1e-4, 3e-4, 6e-4, 9e-4, 1e-3}) {
      assertThat(KolmogorovSmirnov.pValue(d, 100_000, 100_000)).as("%s", d).isBetween(0.999, 1.0);
      assertThat(KolmogorovSmirnov.pValue(d, 20_000, 600)).as("%s", d).isBetween(0.999, 1.0);
    }
  }

  @Test
  void kolmogorovSmirnov_whereTheSumEnds_goesOn() {
    // two samples of 2n are n observations
    for (double z = 1.5; z < 4; z += 0.25) {
      double d = z / Math.sqrt(KolmogorovSmirnov.SUMMED);
      double summed = KolmogorovSmirnov.pValue(d, 40_000, 40_000);
      double next = KolmogorovSmirnov.pValue(d, 40_002, 40_002);
      // one observation more makes p smaller by the factor exp(-2 d^2)
      assertThat(next)
          .as("z %s", z)
          .isCloseTo(summed * Math.exp(-2 * d * d), Percentage.withPercentage(z <= 2.5 ? 0.1 : 1));
    }
  }

  @Test
  void benjaminiHochberg_ofNoPValue_refusesIt() {
    assertThatThrownBy(() -> BenjaminiHochberg.adjust(Arrays.asList(0.1, Double.NaN)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("p-value: NaN (expected: 0..1)");
  }

  @Test
  void kolmogorovSmirnov_withAnEmptySide_givesNoPValue() {
    assertThat(KolmogorovSmirnov.test(new double[0], new double[] {1}).pValue()).isNull();
  }

  @Test
  void stabilityIndex_ofAConstantThatMoved_isGreat() {
    double[] ones = {1, 1, 1, 1};
    assertThat(StabilityIndex.of(ones, ones)).isZero();
    assertThat(StabilityIndex.of(ones, new double[] {2, 2, 2, 2})).isGreaterThan(5);
    assertThat(StabilityIndex.of(new double[] {0, 0, 0, 1}, new double[] {0, 1, 1, 1}))
        .isGreaterThan(0.5);
  }

  @Test
  void benjaminiHochberg_ofAWorkedExample_isTheStepUpProcedure() {
    // R: p.adjust(c(.01,.04,.03,.005,.8), "BH")
    List<Double> adjusted = BenjaminiHochberg.adjust(Arrays.asList(.01, .04, null, .03, .005, .8));
    assertThat(adjusted.get(0)).isCloseTo(.025, EXACT);
    assertThat(adjusted.get(1)).isCloseTo(.05, EXACT);
    assertThat(adjusted.get(2)).isNull();
    assertThat(adjusted.get(3)).isCloseTo(.05, EXACT);
    assertThat(adjusted.get(4)).isCloseTo(.025, EXACT);
    assertThat(adjusted.get(5)).isCloseTo(.8, EXACT);
  }

  @Test
  void missingRate_ofADoubling_isSeenAndOfANudgeIsNot() {
    assertThat(Objects.requireNonNull(MissingRate.pValue(1_000, 50_000, 210, 5_000)))
        .isLessThan(1e-20);
    assertThat(MissingRate.matters(.02, .042)).isTrue();
    assertThat(Objects.requireNonNull(MissingRate.pValue(10_000, 1_000_000, 10_500, 1_000_000)))
        .isLessThan(1e-3);
    assertThat(MissingRate.matters(.01, .0105)).isFalse();
    assertThat(MissingRate.matters(.3, .36)).isTrue();
    assertThat(MissingRate.matters(.001, .004)).isFalse();
  }

  /** Of raw numbers, on Sturges', Evidently's and NannyML's bins. */
  private static void expectBinned(JsonNode node, double[] reference, double[] current) {
    Bins sturges = Bins.sturges(reference, current);
    assertThat(Distances.jensenShannon(sturges.reference(), sturges.current(), Math.E))
        .isCloseTo(node.get("js_distance_sturges_on_union_nat").asDouble(), EXACT);
    assertThat(Distances.jensenShannon(sturges.reference(), sturges.current(), 2))
        .isCloseTo(node.get("js_distance_sturges_on_union_base2").asDouble(), EXACT);
    Bins evidently = Bins.evidently(reference, current);
    expectEvidently(node.get("evidently"), evidently.reference(), evidently.current());
    Bins nannyml = Bins.nannyml(reference, current);
    assertThat(Distances.jensenShannon(nannyml.reference(), nannyml.current(), 2))
        .isCloseTo(node.at("/nannyml/js").asDouble(), EXACT);
    assertThat(Distances.hellinger(nannyml.reference(), nannyml.current()))
        .isCloseTo(node.at("/nannyml/hellinger").asDouble(), EXACT);
    NumberProfile before = Profiles.numbers(reference);
    double wasserstein = node.get("wasserstein_norm_by_ref_std_ddof0").asDouble();
    double deviation = Math.sqrt(before.variance());
    assertThat(Distances.wasserstein(reference, current) / deviation).isCloseTo(wasserstein, EXACT);
    // NannyML estimates both on a grid of the reference, so these are near and no more
    assertThat(KolmogorovSmirnov.test(reference, current).statistic())
        .isCloseTo(node.at("/nannyml/ks").asDouble(), within(1e-4));
    assertThat(Distances.wasserstein(reference, current) / deviation)
        .isCloseTo(node.at("/nannyml/wasserstein").asDouble() / deviation, within(2e-4));
  }

  private static void expectEvidently(JsonNode node, double[] reference, double[] current) {
    assertThat(Distances.evidentlyPsi(reference, current))
        .isCloseTo(node.get("psi").asDouble(), EXACT);
    assertThat(Distances.jensenShannon(reference, current, Math.E))
        .isCloseTo(node.get("js").asDouble(), EXACT);
    assertThat(Distances.kullbackLeibler(reference, current))
        .isCloseTo(node.get("kl").asDouble(), EXACT);
  }

  private static void expectCategories(JsonNode node) {
    double[] reference = Golden.doubles(node.get("ref_counts"));
    double[] current = Golden.doubles(node.get("cur_counts"));
    expect(
        ChiSquared.twoSample(reference, current),
        node.get("chi2_contingency_stat"),
        node.get("chi2_contingency_p"));
    assertThat(StabilityIndex.ofCounts(reference, current))
        .isCloseTo(node.get("psi_eps1e4").asDouble(), EXACT);
    assertThat(Distances.jensenShannon(reference, current, Math.E))
        .isCloseTo(node.get("js_distance_nat").asDouble(), EXACT);
    assertThat(Distances.jensenShannon(reference, current, 2))
        .isCloseTo(node.get("js_distance_base2").asDouble(), EXACT);
    assertThat(ChiSquared.cramersV(reference, current))
        .isCloseTo(node.get("cramers_v").asDouble(), EXACT);
    assertThat(Distances.greatest(reference, current))
        .isCloseTo(node.get("l_infinity").asDouble(), EXACT);
    assertThat(Distances.totalVariation(reference, current))
        .isCloseTo(node.get("total_variation").asDouble(), EXACT);
    assertThat(Distances.hellinger(reference, current))
        .isCloseTo(node.get("hellinger").asDouble(), EXACT);
    expectEvidently(node.get("evidently"), reference, current);
    JsonNode nannyml = node.get("nannyml");
    assertThat(Distances.jensenShannon(reference, current, 2))
        .isCloseTo(nannyml.get("js").asDouble(), EXACT);
    assertThat(Distances.greatest(reference, current))
        .isCloseTo(nannyml.get("l_infinity").asDouble(), EXACT);
    assertThat(Distances.hellinger(reference, current))
        .isCloseTo(nannyml.get("hellinger").asDouble(), EXACT);
  }

  private static double psi(JsonNode node, double floor) {
    return StabilityIndex.ofShares(
        Golden.doubles(node.at("/inputs/ref")), Golden.doubles(node.at("/inputs/cur")), floor);
  }

  private static void expect(TestResult result, JsonNode statistic, JsonNode pValue) {
    double expected = statistic.asDouble();
    assertThat(result.statistic()).isCloseTo(expected, within(1e-9 * Math.max(1, expected)));
    double p = pValue.asDouble();
    assertThat(Objects.requireNonNull(result.pValue())).isCloseTo(p, EXACT);
    if (p > 0 && p < 1e-9) {
      assertThat(result.pValue()).isCloseTo(p, Percentage.withPercentage(1e-3));
    }
  }
}
