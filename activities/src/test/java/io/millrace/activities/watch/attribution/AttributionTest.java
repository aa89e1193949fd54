package io.millrace.activities.watch.attribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.activities.dataset.Table;
import io.millrace.workflows.port.watch.WatchActivities.MultivariateVerdict;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Random;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

@NullUnmarked // a null here fails the test, as it should
class AttributionTest {
  private static final int ROWS = 2_000;

  /** Goes by a ten times as much as by b, and not by c. */
  private static final ServedScores MODEL =
      rows -> {
        double[] a = rows.numbers("a");
        double[] b = rows.numbers("b");
        double[] scores = new double[rows.rows()];
        Arrays.setAll(scores, i -> a[i] + 0.1 * b[i]);
        return scores;
      };

  @Test
  void ndcg_ofRankings_isAsDefined() {
    assertThat(RankingDrift.ndcg(new double[] {3, 2, 1}, new double[] {30, 20, 10})).isEqualTo(1);
    double reversed = (1 + 2 / log2(3) + 3 / log2(4)) / (3 + 2 / log2(3) + 1 / log2(4));
    assertThat(RankingDrift.ndcg(new double[] {3, 2, 1}, new double[] {1, 2, 3}))
        .isCloseTo(reversed, within(1e-12));
    assertThat(RankingDrift.ndcg(new double[] {0, 0}, new double[] {1, 2})).isEqualTo(1);
  }

  @Test
  void verdict_ofRowsLikeTheReferences_isQuiet() {
    MultivariateVerdict verdict = verdict(table(1, 1, 1), table(2, 1, 1), 0.9);
    assertThat(verdict.drifted()).as(verdict.sentence()).isFalse();
    assertThat(verdict.effect()).isLessThan(0.01);
    assertThat(verdict.sentence())
        .startsWith("What the model goes by is as it was: NDCG 1 of the columns' ranking by")
        .contains("most by a, b, c, as before");
    assertThat(verdict(table(1, 1, 1), table(2, 1, 1), 0.9)).isEqualTo(verdict);
  }

  @Test
  void verdict_whereAnotherColumnDecidesNow_isDrift() {
    MultivariateVerdict verdict = verdict(table(1, 1, 1), table(2, 0.2, 40), 0.9);
    assertThat(verdict.drifted()).as(verdict.sentence()).isTrue();
    assertThat(verdict.pValue()).isEqualTo(0.005);
    assertThat(verdict.effect()).isGreaterThan(verdict.threshold());
    assertThat(verdict.sentence()).contains("most by b, a, c, before by a, b, c");
    assertThat(verdict(table(1, 1, 1), table(2, 0.2, 40), 0.1).drifted())
        .as("below a threshold of 0.1 only")
        .isFalse();
  }

  @Test
  void verdict_withLabels_seesThatTheModelsFirstColumnNoLongerTells() {
    Table before = table(1, 1, 1);
    Table now = table(2, 1, 1);
    double[] answers = MODEL.of(before);
    double[] other = now.numbers("b").clone();
    Arrays.setAll(other, i -> 3 * other[i]);
    MultivariateVerdict verdict =
        RankingDrift.verdict(
                new RankingDrift.Side(before, answers),
                new RankingDrift.Side(now, other),
                MODEL,
                0.9,
                0.05)
            .orElseThrow();
    assertThat(verdict.drifted()).as(verdict.sentence()).isTrue();
    assertThat(verdict.sentence()).contains("importance against labels").contains("most by b");
  }

  @Test
  void verdict_ofFewRowsOrAModelThatGoesByNothing_isNone() {
    Table few = new Table(10, List.of(numbers("a", 10, 1, 1), numbers("b", 10, 2, 1)));
    assertThat(
            RankingDrift.verdict(
                new RankingDrift.Side(few, null), new RankingDrift.Side(few, null), MODEL, 0.9, 1))
        .isEmpty();
    RankingDrift.Side side = new RankingDrift.Side(table(1, 1, 1), null);
    assertThat(RankingDrift.verdict(side, side, rows -> new double[rows.rows()], 0.9, 1)).isEmpty();
  }

  @Test
  void swap_ofNumbers_takesTheReferencesDistributionAndKeepsTheRanks() {
    double[] now = values(ROWS, 3, 2);
    Arrays.setAll(now, i -> i % 5 == 0 ? Double.NaN : now[i] + 10);
    double[] before = values(700, 4, 1);
    Arrays.setAll(before, i -> i % 10 == 0 ? Double.NaN : before[i]);
    double[] moved =
        swapped(new Table.Numbers("x", now), new Table.Numbers("x", before)).numbers("x");
    assertThat(Arrays.stream(moved).filter(Double::isNaN).count()).isEqualTo(ROWS / 10);
    assertThat(mean(moved)).isCloseTo(mean(before), within(0.02));
    for (int i = 1; i + 1 < ROWS; i++) {
      boolean known = !Double.isNaN(now[i]) && !Double.isNaN(now[i + 1]);
      if (known && !Double.isNaN(moved[i]) && !Double.isNaN(moved[i + 1]) && now[i] < now[i + 1]) {
        assertThat(moved[i]).isLessThanOrEqualTo(moved[i + 1]);
      }
    }
  }

  @Test
  void swap_ofTexts_changesAsFewRowsAsItTakes() {
    @Nullable String[] now = new @Nullable String[100];
    Arrays.setAll(now, i -> i < 50 ? "a" : i < 90 ? "b" : null);
    @Nullable String[] before = new @Nullable String[10];
    Arrays.setAll(before, i -> i < 8 ? "a" : "c");
    @Nullable String[] moved =
        swapped(new Table.Categories("x", now), new Table.Categories("x", before)).categories("x");
    assertThat(moved).filteredOn("a"::equals).hasSize(80);
    assertThat(moved).filteredOn("c"::equals).hasSize(20);
    for (int i = 0; i < 50; i++) {
      assertThat(moved[i]).isEqualTo("a");
    }
  }

  @Test
  void impact_ofColumns_isWhatTheEstimateGainsByTheirNotHavingMoved() {
    Table now = table(2, 1, 1);
    double[] shifted = now.numbers("a").clone();
    Arrays.setAll(shifted, i -> shifted[i] + 2);
    Table window =
        new Table(ROWS, List.of(new Table.Numbers("a", shifted), now.column("b"), now.column("c")));
    Map<String, Double> impacts =
        ColumnImpact.of(
            window,
            table(1, 1, 1),
            List.of("a", "b", "c", "gone"),
            MODEL,
            (rows, scores) -> OptionalDouble.of(Arrays.stream(scores).average().orElse(0)),
            column -> {});
    assertThat(impacts).containsOnlyKeys("a", "b", "c");
    assertThat(impacts.get("a")).isCloseTo(2, within(0.1));
    assertThat(impacts.get("b")).isCloseTo(0, within(0.02));
    assertThat(impacts.get("c")).isZero();
  }

  private static MultivariateVerdict verdict(Table before, Table now, double least) {
    return RankingDrift.verdict(
            new RankingDrift.Side(before, null),
            new RankingDrift.Side(now, null),
            MODEL,
            least,
            0.05)
        .orElseThrow();
  }

  private static Table table(long seed, double a, double b) {
    return new Table(
        ROWS,
        List.of(
            numbers("a", ROWS, 10 * seed, a),
            numbers("b", ROWS, 10 * seed + 1, b),
            numbers("c", ROWS, 10 * seed + 2, 1)));
  }

  private static Table.Numbers numbers(String name, int rows, long seed, double spread) {
    return new Table.Numbers(name, values(rows, seed, spread));
  }

  private static double[] values(int rows, long seed, double spread) {
    Random random = new Random(seed);
    double[] values = new double[rows];
    Arrays.setAll(values, i -> spread * random.nextGaussian());
    return values;
  }

  private static Table swapped(Table.Column now, Table.Column before) {
    return ColumnSwap.of(
        new Table(now.rows(), List.of(now)), new Table(before.rows(), List.of(before)), "x", 1);
  }

  private static double mean(double[] values) {
    return Arrays.stream(values).filter(x -> !Double.isNaN(x)).average().orElse(Double.NaN);
  }

  private static double log2(double x) {
    return Math.log(x) / Math.log(2);
  }
}
