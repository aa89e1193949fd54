package io.millrace.activities.watch;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.activities.dataset.DatasetManifest;
import io.millrace.activities.dataset.Datasets;
import io.millrace.activities.dataset.Table;
import io.millrace.activities.packages.Packages;
import io.millrace.activities.scoring.DatasetScorer;
import io.millrace.activities.store.ObjectStore;
import io.millrace.inference.model.Feature;
import io.millrace.inference.model.ModelManifest;
import io.millrace.inference.runtime.ModelRuntime;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.ref.DatasetRef;
import io.millrace.workflows.spec.Task;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Rows of a version's dataset that it was not trained on, with its answers and what came true.
 *
 * @param rows the model's columns
 * @param scores as the prediction log holds them: probability of the positive class or of the
 *     answered one, or the value
 * @param truth 1 where a row is positive (two classes) or the answer was right (more), else 0; the
 *     value, for regression
 */
record HeldOutRows(Table rows, double[] scores, double[] truth) {
  /** At most so many of them, evenly spread. */
  HeldOutRows few(int most) {
    int size = Math.min(most, rows.rows());
    int[] picked = new int[size];
    Arrays.setAll(picked, i -> (int) ((long) i * rows.rows() / size));
    return new HeldOutRows(
        picked(rows, rows.names(), picked),
        Arrays.stream(picked).mapToDouble(i -> scores[i]).toArray(),
        Arrays.stream(picked).mapToDouble(i -> truth[i]).toArray());
  }

  /** Rows of a split that are looked at, evenly spread. */
  private static final int MOST = 10_000;

  /** Values of a split, which bounds the rows of wide tables such as pictures. */
  private static final int VALUES = 1_000_000;

  /**
   * Fetches and scores them.
   *
   * @param scratch where datasets and packages are kept
   * @throws io.temporal.failure.ApplicationFailure {@code NOT_FOUND} when the dataset is no longer
   *     there, and what the store and the package say
   */
  static HeldOutRows read(ObjectStore store, Path scratch, WatchedVersion version) {
    Datasets datasets = new Datasets(store, scratch);
    DatasetRef dataset = dataset(store, version);
    DatasetManifest manifest = datasets.manifest(dataset);
    ModelManifest model = version.manifest();
    Path folder =
        new Packages(store, scratch).fetch(version.ref().prefix(), version.ref().digest());
    Set<String> names = new LinkedHashSet<>(DatasetScorer.columns(model));
    names.add(manifest.target());
    List<HeldOutRows> splits = new ArrayList<>();
    try (ModelRuntime runtime = DatasetScorer.open(folder)) {
      for (String split : List.of(DatasetManifest.VALIDATION, DatasetManifest.TEST)) {
        if (manifest.rowsOf(split) > 0) {
          Table all = datasets.read(dataset, split, List.copyOf(names));
          splits.add(scored(runtime, manifest, spread(all)));
        }
      }
    }
    return joined(model, splits);
  }

  private static DatasetRef dataset(ObjectStore store, WatchedVersion version) {
    String key = version.ref().prefix() + "provenance.json";
    try {
      JsonNode dataset =
          PayloadJson.mapper().readTree(WatchedVersion.bytes(store, key)).path("dataset");
      DatasetRef ref = PayloadJson.mapper().treeToValue(dataset, DatasetRef.class);
      if (ref == null) {
        throw Failures.of(
            FailureType.NOT_FOUND, "object: " + key + ": no dataset (expected: the trained one)");
      }
      return ref;
    } catch (IOException | IllegalArgumentException e) {
      throw WatchedVersion.unreadable(key, e);
    }
  }

  private static HeldOutRows scored(ModelRuntime runtime, DatasetManifest manifest, Table table) {
    float[] raw = DatasetScorer.score(runtime, table);
    double[] labels = Datasets.labels(manifest, table);
    int outputs = runtime.outputs();
    double[] scores = new double[table.rows()];
    double[] truth = new double[table.rows()];
    for (int row = 0; row < scores.length; row++) {
      int best = 0;
      for (int i = 1; i < outputs; i++) {
        best = raw[row * outputs + i] > raw[row * outputs + best] ? i : best;
      }
      scores[row] = raw[row * outputs + best];
      truth[row] =
          manifest.task().scored() != Task.MULTICLASS ? labels[row] : labels[row] == best ? 1 : 0;
    }
    return new HeldOutRows(table, scores, truth);
  }

  private static Table spread(Table all) {
    int most = Math.min(MOST, Math.max(1, VALUES / all.names().size()));
    int rows = Math.min(most, all.rows());
    int[] picked = new int[rows];
    Arrays.setAll(picked, i -> (int) ((long) i * all.rows() / rows));
    return picked(all, all.names(), picked);
  }

  /** Some rows of some columns, in the order they are named. */
  static Table picked(Table all, List<String> names, int[] rows) {
    List<Table.Column> columns = new ArrayList<>();
    for (String name : names) {
      columns.add(
          switch (all.column(name)) {
            case Table.Numbers numbers ->
                new Table.Numbers(
                    name, Arrays.stream(rows).mapToDouble(i -> numbers.values()[i]).toArray());
            case Table.Categories categories -> {
              @Nullable String[] values = new @Nullable String[rows.length];
              Arrays.setAll(values, i -> categories.values()[rows[i]]);
              yield new Table.Categories(name, values);
            }
          });
    }
    return new Table(rows.length, columns);
  }

  private static HeldOutRows joined(ModelManifest model, List<HeldOutRows> splits) {
    int size = splits.stream().mapToInt(s -> s.rows().rows()).sum();
    List<Table.Column> columns = new ArrayList<>();
    for (Feature feature : model.features()) {
      String name = feature.name();
      if (feature.kind() == Feature.Kind.NUMBER) {
        columns.add(
            new Table.Numbers(
                name,
                splits.stream()
                    .flatMapToDouble(s -> Arrays.stream(s.rows().numbers(name)))
                    .toArray()));
      } else {
        List<@Nullable String> values = new ArrayList<>();
        splits.forEach(s -> values.addAll(Arrays.asList(s.rows().categories(name))));
        columns.add(new Table.Categories(name, values.toArray(new @Nullable String[0])));
      }
    }
    return new HeldOutRows(
        new Table(size, columns),
        splits.stream().flatMapToDouble(s -> Arrays.stream(s.scores())).toArray(),
        splits.stream().flatMapToDouble(s -> Arrays.stream(s.truth())).toArray());
  }
}
