package io.millrace.activities.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.workflows.spec.Task;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Against values worked out by hand. */
class MetricsTest {
  private static final double[] BINARY = {0, 0, 1, 1};

  @Test
  void rocAuc_ofTheTextbookExample_isThreeQuarters() {
    assertThat(value(Metrics.ROC_AUC, BINARY, 0.1f, 0.4f, 0.35f, 0.8f)).isEqualTo(0.75);
  }

  @Test
  void rocAuc_ofTies_countsThemHalf() {
    assertThat(value(Metrics.ROC_AUC, BINARY, 0.5f, 0.5f, 0.5f, 0.5f)).isEqualTo(0.5);
    // pairs: (.2,.5) 1, (.2,.9) 1, (.5,.5) half, (.5,.9) 1 of 4
    assertThat(value(Metrics.ROC_AUC, BINARY, 0.2f, 0.5f, 0.5f, 0.9f)).isEqualTo(3.5 / 4);
    // minus zero and zero are one score
    assertThat(value(Metrics.ROC_AUC, BINARY, -0f, 0f, 0f, -0f)).isEqualTo(0.5);
  }

  @Test
  void rocAuc_ofOneClass_isNaN() {
    assertThat(value(Metrics.ROC_AUC, new double[] {1, 1}, 0.1f, 0.2f)).isNaN();
  }

  @Test
  void rocAuc_ofManyRows_equalsTheCountOverPairs() {
    SplittableRandom random = new SplittableRandom(5);
    double[] labels = new double[300];
    float[] scores = new float[300];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = random.nextInt(3) == 0 ? 1 : 0;
      scores[i] = (random.nextInt(40) - 20) / 7f;
    }
    double above = 0;
    double pairs = 0;
    for (int i = 0; i < labels.length; i++) {
      for (int j = 0; j < labels.length; j++) {
        if (labels[i] == 1 && labels[j] == 0) {
          pairs++;
          above += scores[i] > scores[j] ? 1 : scores[i] == scores[j] ? 0.5 : 0;
        }
      }
    }
    assertThat(RocAuc.of(labels, scores)).isCloseTo(above / pairs, within(1e-12));
  }

  @Test
  void rocAuc_ofCounts_equalsThatOfRepeatedRows() {
    double weighted =
        new RocAuc(BINARY, new float[] {0.1f, 0.4f, 0.35f, 0.8f}).weighted(new int[] {2, 1, 3, 0});
    double repeated =
        RocAuc.of(
            new double[] {0, 0, 0, 1, 1, 1}, new float[] {0.1f, 0.1f, 0.4f, 0.35f, 0.35f, 0.35f});
    assertThat(weighted).isEqualTo(repeated);
  }

  @Test
  void logLoss_isTheMeanOfTheTrueClassesLogarithms() {
    assertThat(value(Metrics.LOG_LOSS, BINARY, 0.25f, 0.5f, 0.5f, 0.75f))
        .isCloseTo(-(2 * Math.log(0.75) + 2 * Math.log(0.5)) / 4, within(1e-12));
    assertThat(value(Metrics.LOG_LOSS, new double[] {1}, 0f))
        .isCloseTo(-Math.log(1e-7), within(1e-9));
    assertThat(
            Metrics.LOG_LOSS.value(
                Task.MULTICLASS,
                new double[] {0, 2},
                new float[] {0.5f, 0.25f, 0.25f, 0.25f, 0.25f, 0.5f},
                0.5))
        .isCloseTo(Math.log(2), within(1e-12));
  }

  @Test
  void accuracyAndF1_useTheThreshold() {
    float[] scores = {0.1f, 0.6f, 0.4f, 0.9f};
    assertThat(Metrics.ACCURACY.value(Task.BINARY, BINARY, scores, 0.5)).isEqualTo(0.5);
    assertThat(Metrics.ACCURACY.value(Task.BINARY, BINARY, scores, 0.3)).isEqualTo(0.75);
    // threshold 0.3: TP 2, FP 1, FN 0
    assertThat(Metrics.F1.value(Task.BINARY, BINARY, scores, 0.3)).isCloseTo(0.8, within(1e-12));
    assertThat(Metrics.F1.value(Task.BINARY, BINARY, scores, 2)).isZero();
  }

  @Test
  void f1_ofManyClasses_isTheMeanOverTheClasses() {
    double[] labels = {0, 1, 2, 2};
    float[] scores = {1, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 1};
    // class 0: 2*1/(2+1), class 1: 0, class 2: 1
    assertThat(Metrics.F1.value(Task.MULTICLASS, labels, scores, 0.5))
        .isCloseTo((2.0 / 3 + 0 + 1) / 3, within(1e-12));
    assertThat(Metrics.ACCURACY.value(Task.MULTICLASS, labels, scores, 0.5)).isEqualTo(0.75);
  }

  @Test
  void errors_ofValues_areInTheTargetsUnit() {
    double[] labels = {1, 2, 3};
    float[] scores = {1, 4, 2};
    assertThat(Metrics.RMSE.value(Task.REGRESSION, labels, scores, 0))
        .isEqualTo(Math.sqrt(5.0 / 3));
    assertThat(Metrics.MAE.value(Task.REGRESSION, labels, scores, 0)).isEqualTo(1);
    assertThat(Metrics.R2.value(Task.REGRESSION, labels, scores, 0)).isEqualTo(1 - 5.0 / 2);
    assertThat(Metrics.R2.value(Task.REGRESSION, new double[] {1, 1}, new float[] {1, 1}, 0))
        .isNaN();
  }

  @Test
  void value_ofNoRowsOrNaN_isNaNAndOfWrongShapes_isRefused() {
    assertThat(value(Metrics.ROC_AUC, new double[0])).isNaN();
    assertThat(value(Metrics.LOG_LOSS, BINARY, 0, 0, Float.NaN, 1)).isNaN();
    assertThatThrownBy(() -> value(Metrics.ROC_AUC, BINARY, 1f))
        .hasMessage("scores: 1 (expected: one row for each of 4)");
  }

  @Test
  void named_knowsEveryWord() {
    assertThat(Metrics.values()).allMatch(m -> Metrics.named(m.word()).orElseThrow() == m);
    assertThat(Metrics.named("auc")).isEmpty();
    assertThat(Metrics.of(Task.BINARY))
        .containsExactly(Metrics.ROC_AUC, Metrics.LOG_LOSS, Metrics.ACCURACY, Metrics.F1);
  }

  private static double value(Metrics metric, double[] labels, float... scores) {
    return metric.value(Task.BINARY, labels, scores, 0.5);
  }
}
