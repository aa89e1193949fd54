package io.millrace.activities.gate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.apache.commons.math3.distribution.NormalDistribution;
import org.junit.jupiter.api.Test;

class BootstrapTest {
  private static WeightedMetric auc(Scored rows) {
    return WeightedMetrics.of("roc-auc", rows).orElseThrow();
  }

  @Test
  void interval_coversTheTrueAreaAsOftenAsItSays() {
    SplittableRandom random = new SplittableRandom(20260101);
    double truth = new NormalDistribution().cumulativeProbability(1 / Math.sqrt(2));
    int studies = 400;
    int covered = 0;
    int aboveLow = 0;

    for (int i = 0; i < studies; i++) {
      Scored rows = HandMade.binormal(random, 240, 1);
      Bootstrap.Distribution draws =
          new Bootstrap(i, 1000, () -> {}).of(auc(rows), rows.rows()).orElseThrow();
      covered += draws.low(0.9) <= truth && truth <= draws.high(0.9) ? 1 : 0;
      aboveLow += draws.quantile(0.05) <= truth ? 1 : 0;
    }

    // 90 % and 95 % nominal; 4 standard errors of 400 studies are 6 and 4.4 points
    assertThat(covered / (double) studies).isBetween(0.84, 0.96);
    assertThat(aboveLow / (double) studies).isBetween(0.906, 0.994);
  }

  @Test
  void equalSeeds_giveEqualIntervals_andOthersDoNot() {
    Scored rows = HandMade.binormal(new SplittableRandom(1), 200, 1);

    double[] one = new Bootstrap(7, 1000, () -> {}).of(auc(rows), 200).orElseThrow().sorted();
    double[] two = new Bootstrap(7, 1000, () -> {}).of(auc(rows), 200).orElseThrow().sorted();
    double[] other = new Bootstrap(8, 1000, () -> {}).of(auc(rows), 200).orElseThrow().sorted();

    assertThat(one).isEqualTo(two).isNotEqualTo(other).isSorted();
  }

  @Test
  void pairedDifference_ofAModelWithItself_isZero() {
    Scored rows = HandMade.binormal(new SplittableRandom(1), 200, 1);

    assertThat(
            new Bootstrap(7, 1000, () -> {})
                .difference(auc(rows), auc(rows), 200)
                .orElseThrow()
                .sorted())
        .containsOnly(0);
  }

  @Test
  void tooManyUndefinedDraws_giveNoInterval() {
    Scored rows = HandMade.binary(new double[] {1, 0, 0}, new float[] {0.9f, 0.1f, 0.2f});

    assertThat(new Bootstrap(7, 1000, () -> {}).of(auc(rows), 3)).isEmpty();
    assertThat(new Bootstrap(7, 1000, () -> {}).of(auc(rows), 0)).isEmpty();
  }
}
