package io.millrace.activities.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class CalibrationErrorTest {
  @Test
  void of_aWorkedExample_isTheWeightedMeanOfTheBins() {
    // bin 0.1..0.15: mean score 0.12, share 0.5; bin 0.9..0.95: 0.92, share 1
    double[] labels = {1, 0, 1};
    float[] scores = {0.11f, 0.13f, 0.92f};
    assertThat(CalibrationError.of(labels, scores)).isCloseTo((2 * 0.38 + 0.08) / 3, within(1e-6));
    assertThat(CalibrationError.of(new double[] {1, 0}, new float[] {1, 0})).isZero();
    assertThat(CalibrationError.of(new double[] {0, 1}, new float[] {1, 0})).isEqualTo(1);
    assertThat(CalibrationError.of(new double[0], new float[0])).isNaN();
  }

  @Test
  void of_scoresThatAreChances_isSmall_andOfScoresThatAreTooSureIsNot() {
    Random random = new Random(5);
    double[] labels = new double[20_000];
    float[] right = new float[labels.length];
    float[] sure = new float[labels.length];
    for (int i = 0; i < labels.length; i++) {
      right[i] = random.nextFloat();
      labels[i] = random.nextFloat() < right[i] ? 1 : 0;
      sure[i] = right[i] < 0.5 ? right[i] / 2 : (1 + right[i]) / 2;
    }
    assertThat(CalibrationError.of(labels, right)).isLessThan(0.02);
    assertThat(CalibrationError.of(labels, sure)).isCloseTo(0.125, within(0.02));
  }
}
