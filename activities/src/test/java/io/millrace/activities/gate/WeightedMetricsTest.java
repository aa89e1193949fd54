package io.millrace.activities.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.activities.metrics.Metrics;
import io.millrace.workflows.spec.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class WeightedMetricsTest {
  private static double measure(String metric, Scored rows) {
    return WeightedMetrics.of(metric, rows).orElseThrow().value(WeightedMetrics.once(rows.rows()));
  }

  @Test
  void rocAuc_countsTiesHalf() {
    Scored rows =
        HandMade.binary(new double[] {0, 0, 1, 1, 1}, new float[] {0.1f, 0.5f, 0.5f, 0.9f, 0.05f});

    // pairs: (0.5|0.1,0.5) 1.5, (0.9|…) 2, (0.05|…) 0 of 6
    assertThat(measure("roc-auc", rows)).isEqualTo(3.5 / 6);
  }

  @Test
  void everyMetric_underCounts_equalsTheMetricOfTheRepeatedRows() {
    SplittableRandom random = new SplittableRandom(5);
    for (Task task : Task.values()) {
      int outputs = task.scored() == Task.MULTICLASS ? 3 : 1;
      double[] labels = new double[40];
      float[] scores = new float[labels.length * outputs];
      for (int i = 0; i < labels.length; i++) {
        labels[i] =
            switch (task) {
              case BINARY -> random.nextInt(2);
              case MULTICLASS, IMAGE -> random.nextInt(3);
              case REGRESSION, FORECAST, RECOMMEND -> random.nextDouble(5);
            };
      }
      for (int i = 0; i < scores.length; i++) {
        // few distinct scores, so that ties are many
        scores[i] = (1 + random.nextInt(8)) / 10f;
      }
      Scored rows = new Scored(task, labels, scores, outputs, 0.5);
      int[] counts = new int[labels.length];
      List<Integer> repeated = new ArrayList<>();
      for (int i = 0; i < counts.length; i++) {
        counts[i] = random.nextInt(4);
        for (int c = 0; c < counts[i]; c++) {
          repeated.add(i);
        }
      }
      Scored again = rows.only(repeated.stream().mapToInt(Integer::intValue).toArray());

      for (String name : WeightedMetrics.names(task)) {
        double weighted = WeightedMetrics.of(name, rows).orElseThrow().value(counts);
        Metrics plain = Metrics.named(name).orElseThrow();
        assertThat(plain.value(task, again.labels(), again.scores(), 0.5))
            .as(name)
            .isCloseTo(weighted, within(1e-9));
        assertThat(weighted).as(name).isCloseTo(measure(name, again), within(1e-12)).isFinite();
      }
    }
  }

  @Test
  void rocAuc_equalsTheCountOfPairs() {
    Scored rows = HandMade.binormal(new SplittableRandom(3), 300, 1);
    double pairs = 0;
    double won = 0;
    for (int i = 0; i < rows.rows(); i++) {
      for (int j = 0; j < rows.rows(); j++) {
        if (rows.labels()[i] == 1 && rows.labels()[j] == 0) {
          pairs++;
          won += rows.score(i, 0) > rows.score(j, 0) ? 1 : 0;
        }
      }
    }

    assertThat(measure("roc-auc", rows)).isCloseTo(won / pairs, within(1e-12));
  }

  @Test
  void undefinedMetrics_areNaN() {
    Scored oneClass = HandMade.binary(new double[] {1, 1}, new float[] {0.2f, 0.7f});
    Scored constant =
        new Scored(Task.REGRESSION, new double[] {2, 2}, new float[] {1, 2}, 1, Double.NaN);

    assertThat(measure("roc-auc", oneClass)).isNaN();
    assertThat(measure("r2", constant)).isNaN();
    assertThat(WeightedMetrics.of("rmse", oneClass)).isEmpty();
  }

  @Test
  void logLoss_ofACertainMistake_isFinite() {
    Scored rows = HandMade.binary(new double[] {1, 0}, new float[] {0, 1});

    assertThat(measure("log-loss", rows)).isFinite().isGreaterThan(10);
  }
}
