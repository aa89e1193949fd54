package io.millrace.activities.scoring;

import io.millrace.activities.dataset.DatasetManifest;
import io.millrace.activities.dataset.DatasetManifest.ColumnInfo;
import io.millrace.activities.dataset.Datasets;
import io.millrace.activities.dataset.Table;
import io.millrace.activities.store.ObjectStore;
import io.millrace.inference.model.Feature;
import io.millrace.inference.model.ModelManifest;
import io.millrace.inference.model.PackageInvalid;
import io.millrace.inference.runtime.ModelRuntime;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.ref.DatasetRef;
import io.millrace.workflows.spec.ColumnType;
import io.millrace.workflows.spec.Task;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Scores the rows of a DatasetVersion with a package, by the code that serves it. */
public final class DatasetScorer {
  private final Datasets datasets;

  public DatasetScorer(ObjectStore store, Path scratch) {
    this.datasets = new Datasets(store, scratch);
  }

  /**
   * Opens a package.
   *
   * @throws io.temporal.failure.ApplicationFailure {@code INVARIANT_BROKEN} when the runtime
   *     refuses it: its digest was right, so it was packaged wrong
   */
  public static ModelRuntime open(Path folder) {
    try {
      return ModelRuntime.open(folder);
    } catch (PackageInvalid e) {
      throw Failures.of(
          FailureType.INVARIANT_BROKEN, e, "package: " + e.getMessage() + " (expected: to open)");
    }
  }

  /** Why a model cannot score this dataset's rows; empty when it can. */
  public static Optional<String> problem(ModelManifest model, DatasetManifest dataset) {
    if (!model.task().equals(dataset.task().scored().word())) {
      return Optional.of(
          "its task is " + model.task() + ", the dataset's " + dataset.task().scored().word());
    }
    if (!model.output().target().equals(dataset.target())) {
      return Optional.of(
          "its target is " + model.output().target() + ", the dataset's " + dataset.target());
    }
    if (dataset.task().scored() != Task.REGRESSION
        && !model.output().classes().equals(dataset.classes())) {
      return Optional.of(
          "its classes are " + model.output().classes() + ", the dataset's " + dataset.classes());
    }
    for (Feature feature : model.features()) {
      Optional<ColumnInfo> column = dataset.column(feature.name());
      if (column.isEmpty()) {
        return Optional.of("the dataset has no column " + feature.name());
      }
      boolean number = feature.kind() == Feature.Kind.NUMBER;
      if (number != (column.get().type() == ColumnType.NUMBER)) {
        return Optional.of("column " + feature.name() + " has another type in the dataset");
      }
    }
    return Optional.empty();
  }

  /** Columns of a split, in the stored order of rows. */
  public Table rows(DatasetRef dataset, String split, Set<String> columns) {
    return datasets.read(dataset, split, List.copyOf(columns));
  }

  public DatasetManifest manifest(DatasetRef dataset) {
    return datasets.manifest(dataset);
  }

  /** Names of a model's columns. */
  public static Set<String> columns(ModelManifest model) {
    Set<String> names = new LinkedHashSet<>();
    model.features().forEach(feature -> names.add(feature.name()));
    return names;
  }

  /**
   * Raw scores of rows that have the model's columns.
   *
   * @return {@code (rows, outputs)} row-major
   */
  public static float[] score(ModelRuntime runtime, Table rows) {
    return score(runtime, rows, rows.rows());
  }

  /** The same of the first {@code count} rows. */
  public static float[] score(ModelRuntime runtime, Table rows, int count) {
    List<Object> columns = new ArrayList<>();
    for (Feature feature : runtime.manifest().features()) {
      columns.add(
          switch (rows.column(feature.name())) {
            case Table.Numbers numbers -> numbers.values();
            case Table.Categories categories -> categories.values();
          });
    }
    return count == 0 ? new float[0] : runtime.score(columns, count);
  }

  /**
   * What the prediction log holds for each row of a split: the positive class's probability
   * (binary), the top class's probability (multiclass), the value (regression).
   *
   * @param folder a package
   * @return {@code (rows)}
   */
  public double[] answers(Path folder, DatasetRef dataset, String split) {
    try (ModelRuntime runtime = open(folder)) {
      problem(runtime.manifest(), manifest(dataset))
          .ifPresent(
              why -> {
                throw Failures.of(
                    FailureType.INVARIANT_BROKEN,
                    "package: " + runtime.manifest().model() + ": " + why + " (expected: to fit)");
              });
      Table rows = rows(dataset, split, columns(runtime.manifest()));
      float[] scores = score(runtime, rows);
      int outputs = runtime.outputs();
      double[] answers = new double[rows.rows()];
      for (int row = 0; row < answers.length; row++) {
        float best = scores[row * outputs];
        for (int i = 1; i < outputs; i++) {
          best = Math.max(best, scores[row * outputs + i]);
        }
        answers[row] = best;
      }
      return answers;
    }
  }
}
