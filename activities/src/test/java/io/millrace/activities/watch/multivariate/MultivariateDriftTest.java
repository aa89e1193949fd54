package io.millrace.activities.watch.multivariate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.activities.dataset.Table;
import io.millrace.workflows.port.watch.WatchActivities.MultivariateVerdict;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MultivariateDriftTest {
  @Test
  void verdicts_ofRowsFromTheSameWorld_areQuiet() {
    for (int seed = 10; seed < 20; seed++) {
      assertThat(MultivariateDrift.verdicts(rows(1, 3_000, 0.9), rows(seed, 2_000, 0.9), 0.1, 0.05))
          .hasSize(2)
          .noneMatch(MultivariateVerdict::drifted);
    }
  }

  @Test
  void verdicts_whenColumnsHangTogetherOtherwise_callItThoughEachIsAsItWas() {
    List<MultivariateVerdict> verdicts =
        MultivariateDrift.verdicts(rows(1, 3_000, 0.9), rows(2, 2_000, -0.9), 0.1, 0.05);
    assertThat(verdicts)
        .extracting(MultivariateVerdict::method)
        .containsExactly("pca", "classifier");
    assertThat(verdicts).allMatch(MultivariateVerdict::drifted);
    assertThat(verdicts.getFirst().sentence())
        .contains("How the columns hang together has changed");
    assertThat(verdicts.getFirst().effect()).isGreaterThan(1);
    assertThat(verdicts.get(1).effect()).isGreaterThan(0.8);
    assertThat(verdicts.get(1).sentence()).contains("mostly by").doesNotContain("; mostly by c");
  }

  @Test
  void verdicts_ofEqualRows_areEqual() {
    assertThat(MultivariateDrift.verdicts(rows(1, 1_000, 0.5), rows(2, 1_000, 0), 0.1, 0.05))
        .isEqualTo(MultivariateDrift.verdicts(rows(1, 1_000, 0.5), rows(2, 1_000, 0), 0.1, 0.05));
  }

  @Test
  void verdicts_ofTooFewRows_areNone() {
    assertThat(MultivariateDrift.verdicts(rows(1, 3_000, 0.9), rows(2, 199, 0.9), 0.1, 0.05))
        .isEmpty();
  }

  @Test
  void error_ofRowsOnALine_isTheirDistanceFromIt() {
    double[][] line = new double[100][];
    for (int i = 0; i < line.length; i++) {
      line[i] = new double[] {i, 2.0 * i};
    }
    PrincipalComponents components = PrincipalComponents.fit(line);
    assertThat(components.size()).isEqualTo(1);
    assertThat(components.error(new double[] {10, 20})).isCloseTo(0, within(1e-6));
    // (-2, 1) is at a right angle to (1, 2)
    assertThat(components.error(new double[] {10 - 2, 20 + 1}))
        .isCloseTo(Math.sqrt(5), within(1e-9));
  }

  @Test
  void boostedTrees_ofAnInteraction_learnIt() {
    Random random = new Random(5);
    double[][] rows = new double[4_000][];
    double[] product = new double[rows.length];
    double[] sign = new double[rows.length];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = new double[] {random.nextGaussian(), random.nextGaussian(), random.nextGaussian()};
      product[i] = rows[i][0] > 0 == rows[i][1] > 0 ? 3 : 1;
      sign[i] = product[i] > 2 ? 1 : 0;
    }
    BoostedTrees squared = BoostedTrees.fit(rows, product, BoostedTrees.Loss.SQUARED);
    BoostedTrees logistic = BoostedTrees.fit(rows, sign, BoostedTrees.Loss.LOGISTIC);
    assertThat(squared.predict(new double[] {1, 1, 0})).isCloseTo(3, within(0.2));
    assertThat(squared.predict(new double[] {1, -1, 0})).isCloseTo(1, within(0.2));
    assertThat(logistic.predict(new double[] {-1, -1, 0})).isGreaterThan(0.9);
    assertThat(logistic.predict(new double[] {-1, 1, 0})).isLessThan(0.1);
    assertThat(squared.gains()[2]).isLessThan(squared.gains()[0] / 10);
  }

  @Test
  void encode_ofUnseenMissingAndGoneValues_isDefined() {
    Table reference =
        new Table(
            4,
            List.of(
                new Table.Numbers("x", new double[] {1, 3, Double.NaN, 2}),
                new Table.Categories("c", new String[] {"a", "a", "a", "b"}),
                new Table.Numbers("constant", new double[] {7, 7, 7, 7})));
    RowEncoder encoder = RowEncoder.fit(reference);
    assertThat(encoder.names()).containsExactly("x", "c");
    double[][] rows =
        encoder.encode(
            new Table(2, List.of(new Table.Categories("c", new String[] {"never seen", null}))));
    assertThat(rows[0][0]).isZero();
    // shares .75 thrice and .25 once: mean .625, deviation .2165
    assertThat(rows[0][1]).isCloseTo(-0.625 / 0.21650635, within(1e-6));
    assertThat(rows[1][1]).isZero();
  }

  /** Two numbers of unit variance with that correlation, and a third and a category beside them. */
  private static Table rows(int seed, int rows, double correlation) {
    Random random = new Random(seed);
    double[] a = new double[rows];
    double[] b = new double[rows];
    double[] c = new double[rows];
    String[] texts = new String[rows];
    for (int i = 0; i < rows; i++) {
      a[i] = random.nextGaussian();
      b[i] = correlation * a[i] + Math.sqrt(1 - correlation * correlation) * random.nextGaussian();
      c[i] = random.nextGaussian();
      texts[i] = random.nextDouble() < 0.7 ? "x" : "y";
    }
    return new Table(
        rows,
        List.of(
            new Table.Numbers("a", a),
            new Table.Numbers("b", b),
            new Table.Numbers("c", c),
            new Table.Categories("text", texts)));
  }
}
