package io.millrace.activities.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.inference.model.Feature;
import io.millrace.inference.profile.NumberProfile;
import io.millrace.inference.profile.Profile;
import io.millrace.inference.profile.ProfileBuilder;
import io.millrace.workflows.port.watch.WatchActivities.ColumnVerdict;
import io.millrace.workflows.spec.WatchSpec.DriftSpec;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ColumnDriftTest {
  static final DriftSpec SETTINGS = new DriftSpec("evidently", "all", 0.3, 0.1, 0.05);
  private static final List<String> PROFILES = List.of("evidently", "learned", "psi");
  private static final CarLoan ANALYSIS = CarLoan.analysis();
  private static final Profile REFERENCE = Profiles.of(CarLoan.reference(), 0, 50_000);

  @ParameterizedTest
  @ValueSource(ints = {0, 5_000, 10_000, 15_000, 20_000})
  void verdicts_ofEachCleanChunkOfCarLoan_callNothing(int from) {
    Profile chunk = Profiles.of(ANALYSIS, from, from + 5_000);
    for (String profile : PROFILES) {
      assertThat(drifted(profile, chunk)).as(profile).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {25_000, 30_000, 35_000, 40_000, 45_000})
  void verdicts_ofEachDriftedChunkOfCarLoan_nameExactlyTheDriftedColumns(int from) {
    Profile chunk = Profiles.of(ANALYSIS, from, from + 5_000);
    for (String profile : PROFILES) {
      assertThat(drifted(profile, chunk))
          .as(profile)
          .containsExactlyInAnyOrder(
              "car_value",
              "loan_length",
              "repaid_loan_on_prev_car",
              "salary_range",
              ColumnDrift.PREDICTION);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"car_value", "loan_length", "y_pred_proba"})
  void statisticsOfMergedProfiles_ofAColumnThatDrifted_areWithinOnePercentOfTheGoldenOnes(
      String column) {
    JsonNode golden = Golden.half(1, column);
    Profile merged = Profiles.of(ANALYSIS, 25_000, 26_000);
    for (int from = 26_000; from < 50_000; from += 1_000) {
      merged = merged.merge(Profiles.of(ANALYSIS, from, from + 1_000));
    }
    String name = column.equals("y_pred_proba") ? ColumnDrift.PREDICTION : column;
    NumberProfile before = (NumberProfile) REFERENCE.column(name).orElseThrow();
    NumberProfile now = (NumberProfile) merged.column(name).orElseThrow();
    Percentage percent = Percentage.withPercentage(1);
    double points = before.rankError() + now.rankError();
    double ks = golden.get("ks_stat").asDouble();
    assertThat(KolmogorovSmirnov.test(before, now).statistic())
        .isCloseTo(ks, within(Math.max(0.01 * ks, points)));
    assertThat(Distances.normedWasserstein(before, now))
        .isCloseTo(golden.get("wasserstein_norm_by_ref_std_ddof0").asDouble(), percent);
    // two of car_value's bins are all but empty now, and a value that the sketch holds stands for
    // up
    // to 16 rows there: the logarithm makes .1 of PSI of that
    assertThat(StabilityIndex.of(before, now))
        .isCloseTo(
            golden.get("psi_ref_deciles_eps1e4").asDouble(),
            Percentage.withPercentage(column.equals("car_value") ? 10 : 1));
  }

  @Test
  void verdicts_carryAnEffectSizeAndTheRowsBesideEachPValue() {
    List<ColumnVerdict> verdicts =
        ColumnDrift.verdicts(REFERENCE, Profiles.of(ANALYSIS, 25_000, 30_000), SETTINGS);
    assertThat(verdicts)
        .hasSize(8)
        .allSatisfy(
            v -> {
              assertThat(v.pValue()).isNotNull();
              assertThat(v.effect()).isNotNull();
              assertThat(v.threshold()).isEqualTo(0.1);
              assertThat(v.rows()).isEqualTo(5_000);
              assertThat(v.rowsReference()).isEqualTo(50_000);
              assertThat(v.measure()).isIn("wasserstein", "jensen-shannon");
            });
    assertThat(verdicts.getFirst().column()).isEqualTo("car_value");
    assertThat(verdicts.getFirst().sentence())
        .contains("Wasserstein 0.9")
        .contains("5,000 values against 50,000");
  }

  @Test
  void verdicts_ofAFewReferenceRows_measureByTheTests() {
    Profile few = Profiles.of(CarLoan.reference(), 0, 800);
    List<ColumnVerdict> verdicts =
        ColumnDrift.verdicts(few, Profiles.of(ANALYSIS, 25_000, 25_800), SETTINGS);
    for (ColumnVerdict verdict : verdicts) {
      assertThat(verdict.measure())
          .isEqualTo(verdict.test().equals(ColumnDrift.KS) ? "ks" : "cramers-v");
    }
    assertThat(verdicts.stream().filter(ColumnVerdict::drifted).map(ColumnVerdict::column))
        .contains("car_value", "salary_range");
  }

  @Test
  void verdicts_ofNumbersThatAreLevels_areTestedAndMeasuredAsLevels() {
    List<ColumnVerdict> verdicts =
        ColumnDrift.verdicts(rooms(3_000, 0.5), rooms(2_000, 0.9), SETTINGS);
    ColumnVerdict rooms = verdicts.getFirst();
    assertThat(rooms.measure()).isEqualTo("jensen-shannon");
    assertThat(rooms.test()).isEqualTo(ColumnDrift.CHI_SQUARED);
    assertThat(rooms.drifted()).isTrue();
    double[] before = {1_500, 1_500};
    double[] now = {1_800, 200};
    assertThat(rooms.statistic())
        .isCloseTo(ChiSquared.twoSample(before, now).statistic(), within(1e-9));
    assertThat(Objects.requireNonNull(rooms.effect()))
        .isCloseTo(Distances.jensenShannon(before, now, Math.E), within(1e-9));
  }

  private static Profile rooms(int rows, double ones) {
    ProfileBuilder builder = new ProfileBuilder(List.of(number("rooms")));
    for (int i = 0; i < rows; i++) {
      builder.add(0, i < rows * ones ? 1 : 2);
      builder.endRow();
    }
    return builder.build();
  }

  @Test
  void thresholds_thatAreLearned_areEqualEachTimeAndWiderForFewRows() {
    DriftSpec learned = new DriftSpec("learned", "all", 0.3, 0.1, 0.05);
    Profile chunk = Profiles.of(ANALYSIS, 0, 5_000);
    List<ColumnVerdict> verdicts = ColumnDrift.verdicts(REFERENCE, chunk, learned);
    assertThat(ColumnDrift.verdicts(REFERENCE, chunk, learned)).isEqualTo(verdicts);
    Map<String, Double> few = new HashMap<>();
    ColumnDrift.verdicts(REFERENCE, Profiles.of(ANALYSIS, 0, 100), learned)
        .forEach(v -> few.put(v.column(), Objects.requireNonNull(v.threshold())));
    assertThat(verdicts)
        .allSatisfy(
            v -> {
              assertThat(v.threshold()).isBetween(0.01, 0.15);
              assertThat(few.get(v.column())).isGreaterThan(2 * v.threshold());
            });
  }

  @ParameterizedTest
  @CsvSource({
    "1,car_value", "1,loan_length", "1,y_pred_proba",
    "0,car_value", "0,debt_to_income_ratio", "0,driver_tenure"
  })
  void statisticsOfMergedProfiles_areTheGoldenOnesWithinTheSketchesError(int half, String column) {
    JsonNode golden = Golden.half(half, column);
    Profile merged = Profiles.of(ANALYSIS, half * 25_000, half * 25_000 + 5_000);
    for (int from = half * 25_000 + 5_000; from < (half + 1) * 25_000; from += 5_000) {
      merged = merged.merge(Profiles.of(ANALYSIS, from, from + 5_000));
    }
    String name = column.equals("y_pred_proba") ? ColumnDrift.PREDICTION : column;
    NumberProfile before = (NumberProfile) REFERENCE.column(name).orElseThrow();
    NumberProfile now = (NumberProfile) merged.column(name).orElseThrow();
    double error = before.rankError() + now.rankError();
    assertThat(KolmogorovSmirnov.test(before, now).statistic())
        .isCloseTo(golden.get("ks_stat").asDouble(), within(error));
    double psi = golden.get("psi_ref_deciles_eps1e4").asDouble();
    // a share that is off by e moves a bin's term by about 2 e ln(q/p)
    assertThat(StabilityIndex.of(before, now)).isCloseTo(psi, within(0.001 + 0.05 * psi));
    double wasserstein = golden.get("wasserstein").asDouble();
    assertThat(Distances.wasserstein(before, now) / Math.sqrt(before.variance()))
        .isCloseTo(wasserstein / Math.sqrt(before.variance()), within(0.02));
  }

  @Test
  void verdicts_ofAGreatStableStream_areQuietThoughThePValueIsTiny() {
    ProfileBuilder before = new ProfileBuilder(List.of(number("x"), text("c")));
    ProfileBuilder now = new ProfileBuilder(List.of(number("x"), text("c")));
    Random random = new Random(7);
    for (int i = 0; i < 200_000; i++) {
      before.add(0, random.nextGaussian());
      before.add(1, random.nextDouble() < 0.5 ? "a" : "b");
      before.endRow();
      now.add(0, random.nextGaussian() + 0.04);
      now.add(1, random.nextDouble() < 0.52 ? "a" : "b");
      now.endRow();
    }
    for (String profile : PROFILES) {
      List<ColumnVerdict> verdicts =
          ColumnDrift.verdicts(
              before.build(), now.build(), new DriftSpec(profile, "all", 0.3, 0.1, 0.05));
      assertThat(verdicts).allSatisfy(v -> assertThat(v.adjusted()).isLessThan(1e-9));
      assertThat(verdicts).as(profile).noneMatch(ColumnVerdict::drifted);
      assertThat(verdicts.getFirst().sentence()).contains("changed too little to matter");
    }
  }

  @Test
  void verdicts_whenMissingValuesDouble_callTheColumn() {
    List<ColumnVerdict> verdicts =
        ColumnDrift.verdicts(withMissing(40_000, 0.04, 1), withMissing(5_000, 0.08, 2), SETTINGS);
    assertThat(verdicts.getFirst().column()).isEqualTo("x");
    assertThat(verdicts.getFirst().drifted()).isTrue();
    assertThat(verdicts.getFirst().sentence()).contains("missing in 8").contains("before in 4");
    assertThat(verdicts.get(1).drifted()).isFalse();
  }

  @Test
  void verdicts_whenAColumnIsGone_callItMissing() {
    ProfileBuilder now = new ProfileBuilder(List.of(text("c")));
    for (int i = 0; i < 1_000; i++) {
      now.add(0, i % 2 == 0 ? "a" : "b");
      now.endRow();
    }
    List<ColumnVerdict> verdicts =
        ColumnDrift.verdicts(withMissing(10_000, 0, 1), now.build(), SETTINGS);
    assertThat(verdicts.getFirst().column()).isEqualTo("x");
    assertThat(verdicts.getFirst().missing()).isEqualTo(1);
    assertThat(verdicts.getFirst().pValue()).isNull();
    assertThat(verdicts.getFirst().drifted()).isTrue();
  }

  @Test
  void verdicts_ofUnseenLevels_callThem() {
    ProfileBuilder now = new ProfileBuilder(List.of(number("x"), text("c")));
    Random random = new Random(3);
    for (int i = 0; i < 2_000; i++) {
      now.add(0, random.nextGaussian());
      now.add(1, random.nextDouble() < 0.8 ? (i % 2 == 0 ? "a" : "b") : "level " + i);
      now.endRow();
    }
    List<ColumnVerdict> verdicts =
        ColumnDrift.verdicts(withMissing(10_000, 0, 1), now.build(), SETTINGS);
    assertThat(verdicts.getFirst().column()).isEqualTo("c");
    assertThat(verdicts.getFirst().drifted()).isTrue();
    assertThat(verdicts.getFirst().sentence())
        .contains("one level 0 % → 18.6 %")
        .doesNotContain("level 1");
  }

  @Test
  void verdicts_ofNamedColumns_leaveTheOthersOut() {
    DriftSpec named = new DriftSpec("evidently", "car_value, driver_tenure", 0.3, 0.1, 0.05);
    assertThat(
            ColumnDrift.verdicts(REFERENCE, Profiles.of(ANALYSIS, 25_000, 30_000), named).stream()
                .map(ColumnVerdict::column))
        .containsExactlyInAnyOrder("car_value", "driver_tenure", ColumnDrift.PREDICTION);
  }

  private static List<String> drifted(String profile, Profile current) {
    DriftSpec settings = new DriftSpec(profile, "all", 0.3, 0.1, 0.05);
    return ColumnDrift.verdicts(REFERENCE, current, settings).stream()
        .filter(ColumnVerdict::drifted)
        .map(ColumnVerdict::column)
        .toList();
  }

  private static Profile withMissing(int rows, double share, int seed) {
    ProfileBuilder builder = new ProfileBuilder(List.of(number("x"), text("c")));
    Random random = new Random(seed);
    for (int i = 0; i < rows; i++) {
      builder.add(0, i < rows * share ? Double.NaN : random.nextGaussian());
      builder.add(1, i % 2 == 0 ? "a" : "b");
      builder.endRow();
    }
    return builder.build();
  }

  private static Profile.Column number(String name) {
    return new Profile.Column(name, Feature.Kind.NUMBER);
  }

  private static Profile.Column text(String name) {
    return new Profile.Column(name, Feature.Kind.CATEGORY);
  }
}
