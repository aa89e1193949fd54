package io.millrace.activities.watch;

import io.millrace.activities.dataset.Table;
import io.millrace.activities.packages.Packages;
import io.millrace.activities.scoring.DatasetScorer;
import io.millrace.activities.store.ObjectStore;
import io.millrace.activities.watch.attribution.ServedScores;
import io.millrace.inference.runtime.ModelRuntime;
import java.nio.file.Path;

/** A version's package, opened to be asked again. Not thread-safe. */
final class ServedVersion implements ServedScores, AutoCloseable {
  /** Share of the rows whose answer may differ from the logged one. */
  private static final double UNLIKE = 0.01;

  private static final double CLOSE = 1e-3;
  private final ModelRuntime runtime;

  private ServedVersion(ModelRuntime runtime) {
    this.runtime = runtime;
  }

  /**
   * @param scratch where packages are kept
   * @throws io.temporal.failure.ApplicationFailure what the store and the package say
   */
  static ServedVersion open(ObjectStore store, Path scratch, WatchedVersion version) {
    Path folder =
        new Packages(store, scratch).fetch(version.ref().prefix(), version.ref().digest());
    return new ServedVersion(DatasetScorer.open(folder));
  }

  @Override
  public double[] of(Table rows) {
    return of(runtime, rows);
  }

  /** The greatest of a row's outputs, which is what is logged. */
  static double[] of(ModelRuntime runtime, Table rows) {
    float[] raw = DatasetScorer.score(runtime, rows);
    int outputs = runtime.outputs();
    double[] scores = new double[rows.rows()];
    for (int row = 0; row < scores.length; row++) {
      float best = raw[row * outputs];
      for (int i = 1; i < outputs; i++) {
        best = Math.max(best, raw[row * outputs + i]);
      }
      scores[row] = best;
    }
    return scores;
  }

  /** Whether it answers these rows as it did: it does not where the log holds masked values. */
  boolean answersAsLogged(WindowRows logged) {
    double[] again = of(logged.rows());
    int unlike = 0;
    for (int row = 0; row < again.length; row++) {
      double allowed = CLOSE * Math.max(1, Math.abs(logged.scores()[row]));
      unlike += Math.abs(again[row] - logged.scores()[row]) <= allowed ? 0 : 1;
    }
    return unlike <= UNLIKE * again.length;
  }

  @Override
  public void close() {
    runtime.close();
  }
}
