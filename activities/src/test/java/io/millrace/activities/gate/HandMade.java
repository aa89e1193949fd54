package io.millrace.activities.gate;

import io.millrace.activities.dataset.Table;
import io.millrace.inference.runtime.RuntimeKind;
import io.millrace.workflows.spec.Task;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Evidence made by hand. */
record HandMade(
    Scored model,
    @Nullable Champion rival,
    Map<String, Table.Column> columns,
    double[] times,
    int resamples,
    Agreement seen,
    OnTarget.@Nullable Found there)
    implements Evidence {
  private static final Agreement ALIKE = new Agreement(List.of(RuntimeKind.ONNX), 1000, 0);

  static HandMade of(Scored model) {
    return new HandMade(model, null, Map.of(), new double[0], 1000, ALIKE, null);
  }

  HandMade against(Champion champion) {
    return new HandMade(model, champion, columns, times, resamples, seen, there);
  }

  HandMade with(String name, Table.Column values) {
    return new HandMade(model, rival, Map.of(name, values), times, resamples, seen, there);
  }

  HandMade taking(double... milliseconds) {
    return new HandMade(model, rival, columns, milliseconds, resamples, seen, there);
  }

  HandMade where(Agreement agreement) {
    return new HandMade(model, rival, columns, times, resamples, agreement, there);
  }

  HandMade there(OnTarget.Found found) {
    return new HandMade(model, rival, columns, times, resamples, seen, found);
  }

  @Override
  public Optional<OnTarget.Found> onTarget() {
    return Optional.ofNullable(there);
  }

  @Override
  public Agreement agreement(int rows) {
    return seen;
  }

  @Override
  public Optional<Champion> champion() {
    return Optional.ofNullable(rival);
  }

  @Override
  public Optional<Table.Column> column(String name) {
    return Optional.ofNullable(columns.get(name));
  }

  @Override
  public double[] latencies(int warmUp, int calls) {
    return times.clone();
  }

  @Override
  public Bootstrap bootstrap() {
    return new Bootstrap(11, resamples, () -> {});
  }

  static Scored binary(double[] labels, float[] scores) {
    return new Scored(Task.BINARY, labels, scores, 1, 0.5);
  }

  /**
   * Calibrated probabilities that tell two normal distributions of unit variance, {@code apart}
   * apart, from each other: the area under the ROC curve is {@code Phi(apart / sqrt 2)}.
   */
  static Scored binormal(SplittableRandom random, int rows, double apart) {
    double[] labels = new double[rows];
    float[] scores = new float[rows];
    for (int i = 0; i < rows; i++) {
      labels[i] = i % 3 == 0 ? 1 : 0;
      double x = random.nextGaussian() + (labels[i] == 1 ? apart : 0);
      // the log odds, with one positive for two negatives
      double odds = apart * x - apart * apart / 2 - Math.log(2);
      scores[i] = (float) (1 / (1 + Math.exp(-odds)));
    }
    return binary(labels, scores);
  }

  static double[] each(int rows, double value) {
    double[] values = new double[rows];
    Arrays.fill(values, value);
    return values;
  }
}
