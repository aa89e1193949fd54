package io.millrace.activities.gate;

import io.millrace.activities.dataset.Table;
import io.millrace.activities.scoring.DatasetScorer;
import io.millrace.inference.runtime.ModelRuntime;
import io.millrace.inference.runtime.RowInvalid;
import io.millrace.inference.runtime.RuntimeChoice;
import io.millrace.inference.runtime.RuntimeKind;
import io.millrace.workflows.ref.DatasetRef;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Evidence from the test split of a dataset version and the opened candidate.
 *
 * @param dataset whose rows these are
 * @param folder the candidate's package
 * @param target asked for the times there
 * @param beat told between measurements; may throw to stop
 */
record TestSplit(
    DatasetRef dataset,
    Table rows,
    Scored model,
    @Nullable Champion rival,
    ModelRuntime runtime,
    Path folder,
    long seed,
    OnTarget target,
    Runnable beat)
    implements Evidence {
  /** Different rows that are predicted in turn when time is measured. */
  private static final int SAMPLE = 1000;

  @Override
  public Optional<Champion> champion() {
    return Optional.ofNullable(rival);
  }

  @Override
  public Optional<Table.Column> column(String name) {
    return rows.names().contains(name) ? Optional.of(rows.column(name)) : Optional.empty();
  }

  @Override
  public Bootstrap bootstrap() {
    return new Bootstrap(seed, Bootstrap.RESAMPLES, beat);
  }

  @Override
  public Agreement agreement(int most) {
    int count = Math.min(most, rows.rows());
    List<RuntimeKind> kinds = ModelRuntime.kinds(folder);
    if (count == 0) {
      return new Agreement(kinds, 0, Double.NaN);
    }
    float[] serving = DatasetScorer.score(runtime, rows, count);
    double size = 1;
    if (runtime.manifest().task().equals("regression")) {
      for (float score : serving) {
        size = Math.max(size, Math.abs(score));
      }
    }
    double apart = 0;
    for (RuntimeKind kind : kinds) {
      if (kind != runtime.kind()) {
        try (ModelRuntime other = ModelRuntime.open(folder, RuntimeChoice.of(kind))) {
          apart = Math.max(apart, apart(serving, DatasetScorer.score(other, rows, count), size));
        }
        beat.run();
      }
    }
    return new Agreement(kinds, count, apart);
  }

  /** Of the scores that differ most; NaN when one is not finite, since that is no agreement. */
  private static double apart(float[] a, float[] b, double size) {
    double worst = a.length == b.length ? 0 : Double.NaN;
    for (int i = 0; i < a.length && !Double.isNaN(worst); i++) {
      worst = Math.max(worst, Math.abs((double) a[i] - b[i]) / size);
    }
    return worst;
  }

  @Override
  public Optional<OnTarget.Found> onTarget() {
    return target.found(this::answered, beat);
  }

  @Override
  public double[] latencies(int warmUp, int calls) {
    List<Map<String, @Nullable Object>> sample = answered();
    if (sample.isEmpty()) {
      return new double[0];
    }
    double[] milliseconds = new double[calls];
    for (int i = -warmUp; i < calls; i++) {
      Map<String, @Nullable Object> row = sample.get(Math.floorMod(i, sample.size()));
      long from = System.nanoTime();
      runtime.predict(row);
      long took = System.nanoTime() - from;
      if (i >= 0) {
        milliseconds[i] = took / 1e6;
      }
      beat.run();
    }
    return milliseconds;
  }

  /** Rows as requests; those the schema refuses would be refused at the endpoint as well. */
  private List<Map<String, @Nullable Object>> answered() {
    List<Map<String, @Nullable Object>> sample = new ArrayList<>();
    for (int row = 0; row < Math.min(SAMPLE, rows.rows()); row++) {
      Map<String, @Nullable Object> request = new HashMap<>();
      for (var feature : runtime.manifest().features()) {
        request.put(feature.name(), value(rows.column(feature.name()), row));
      }
      try {
        runtime.predict(request);
        sample.add(request);
      } catch (RowInvalid e) {
        beat.run();
      }
    }
    return sample;
  }

  private static @Nullable Object value(Table.Column column, int row) {
    return switch (column) {
      case Table.Numbers numbers ->
          Double.isNaN(numbers.values()[row]) ? null : (Object) numbers.values()[row];
      case Table.Categories categories -> categories.values()[row];
    };
  }
}
