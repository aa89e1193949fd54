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
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ColumnDriftTest {
  static final DriftSpec SETTINGS = new DriftSpec("evidently", "all", 0.3, 0.1, 0.05);
  private static final CarLoan ANALYSIS = CarLoan.analysis();
  private static final Profile REFERENCE = Profiles.of(CarLoan.reference(), 0, 50_000);

  @ParameterizedTest
  @ValueSource(ints = {0, 5_000, 10_000, 15_000, 20_000})
  void verdicts_ofEachCleanChunkOfCarLoan_callNothing(int from) {
    assertThat(drifted(Profiles.of(ANALYSIS, from, from + 5_000))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {25_000, 30_000, 35_000, 40_000, 45_000})
  void verdicts_ofEachDriftedChunkOfCarLoan_nameExactlyTheDriftedColumns(int from) {
    assertThat(drifted(Profiles.of(ANALYSIS, from, from + 5_000)))
        .containsExactlyInAnyOrder(
            "car_value",
            "loan_length",
            "repaid_loan_on_prev_car",
            "salary_range",
            ColumnDrift.PREDICTION);
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
    for (int i = 0; i < 400_000; i++) {
      before.add(0, random.nextGaussian());
      before.add(1, random.nextDouble() < 0.5 ? "a" : "b");
      before.endRow();
      now.add(0, random.nextGaussian() + 0.04);
      now.add(1, random.nextDouble() < 0.52 ? "a" : "b");
      now.endRow();
    }
    List<ColumnVerdict> verdicts = ColumnDrift.verdicts(before.build(), now.build(), SETTINGS);
    assertThat(verdicts).allSatisfy(v -> assertThat(v.adjusted()).isLessThan(1e-12));
    assertThat(verdicts).noneMatch(ColumnVerdict::drifted);
    assertThat(verdicts.getFirst().sentence()).contains("changed too little to matter");
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

  private static List<String> drifted(Profile current) {
    return ColumnDrift.verdicts(REFERENCE, current, SETTINGS).stream()
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
