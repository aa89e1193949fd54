package io.millrace.activities.train;

import io.millrace.activities.dataset.DatasetManifest;
import io.millrace.activities.dataset.Datasets;
import io.millrace.activities.dataset.Table;
import io.millrace.activities.metrics.Beside;
import io.millrace.activities.metrics.Metrics;
import io.millrace.activities.metrics.Thresholds;
import io.millrace.activities.packages.Packages;
import io.millrace.inference.model.ManifestJson;
import io.millrace.inference.model.ModelManifest;
import io.millrace.inference.model.PackageFiles;
import io.millrace.inference.model.PackageInvalid;
import io.millrace.inference.runtime.ModelRuntime;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.train.TrainActivities.TrialRequest;
import io.millrace.workflows.ref.Metric;
import io.millrace.workflows.ref.PackageRef;
import io.millrace.workflows.spec.Task;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Turns what a family made into a package and measures what was packaged. */
final class Packaging {
  /** Two engines add in different orders; float32 sums of a few hundred terms agree to this. */
  private static final double TOLERANCE = 1e-5;

  private final Datasets datasets;
  private final Packages packages;
  private final Path scratch;
  private final FailureType mismatch;

  /**
   * @param mismatch what it is when the graph is not what the family said
   */
  Packaging(Datasets datasets, Packages packages, Path scratch, FailureType mismatch) {
    this.datasets = datasets;
    this.packages = packages;
    this.scratch = scratch;
    this.mismatch = mismatch;
  }

  /**
   * @param validation every metric of the task, without intervals
   */
  record Packaged(PackageRef model, List<Metric> validation) {}

  /**
   * @throws io.temporal.failure.ApplicationFailure {@code INVARIANT_BROKEN}, or what the family
   *     says, when the packaged graph scores otherwise than the engine that trained it
   */
  Packaged publish(TrialRequest request, Fitted fitted, Metrics metric) {
    DatasetManifest dataset = datasets.manifest(request.dataset());
    Table held = datasets.read(request.dataset(), DatasetManifest.VALIDATION);
    double[] labels = Datasets.labels(dataset, held);
    Beside beside = Beside.of(dataset, held);
    double threshold =
        request.task() == Task.BINARY
            ? Thresholds.chosen(metric, labels, fitted.scores())
            : Thresholds.EVEN;
    ModelManifest manifest =
        new ModelManifest(
            1,
            request.model(),
            request.task().scored().word(),
            request.candidate().family(),
            fitted.features(),
            fitted.encodings(),
            fitted.width(),
            new ModelManifest.Graph(
                PackageFiles.GRAPH,
                PackageFiles.sha256(fitted.graph()),
                Fitted.INPUT,
                Fitted.OUTPUT),
            new ModelManifest.Output(dataset.target(), dataset.classes(), threshold));
    try {
      Files.createDirectories(scratch);
      Path dir = Files.createTempDirectory(scratch, "package-");
      try {
        Files.write(dir.resolve(PackageFiles.GRAPH), fitted.graph());
        Files.write(dir.resolve(PackageFiles.MANIFEST), ManifestJson.write(manifest));
        float[] packaged =
            packagedScores(dir, TabularData.columns(fitted.features(), held), held.rows());
        agree(fitted, packaged);
        List<Metric> metrics = new ArrayList<>();
        for (Metrics each : Metrics.of(request.task())) {
          double value = each.value(request.task(), labels, packaged, threshold, beside);
          if (Double.isFinite(value)) {
            metrics.add(new Metric(each.word(), value, null, null, held.rows()));
          }
        }
        return new Packaged(packages.publish(dir, prefix(request, dir)), metrics);
      } finally {
        delete(dir);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("scratch: " + scratch + " (expected: to be writable)", e);
    }
  }

  /**
   * Addressed by content as well: a run whose spec was patched trains the same trial number anew,
   * and neither package may stand in the other's way.
   */
  private static String prefix(TrialRequest request, Path dir) {
    return "runs/"
        + request.run().runId()
        + "/trials/"
        + request.trial()
        + "/package-"
        + PackageFiles.digest(dir).substring(0, 12)
        + "/";
  }

  private void agree(Fitted fitted, float[] packaged) {
    float[] trained = fitted.scores();
    double scale = fitted.scale();
    double worst = trained.length == packaged.length ? 0 : Double.NaN;
    for (int i = 0; i < trained.length && worst <= TOLERANCE; i++) {
      double size = Math.max(1, Math.abs(trained[i]) / scale) * scale;
      double apart = Math.abs(trained[i] - packaged[i]) / size;
      // NaN counts as apart
      worst = apart <= worst ? worst : apart;
    }
    if (!(worst <= TOLERANCE)) {
      throw Failures.of(
          mismatch,
          "packaged graph: scores differ from the trained model's by "
              + worst
              + " (expected: at most "
              + TOLERANCE
              + ")");
    }
  }

  /** Through the runtime that gates and servers use, from the values as they are stored. */
  private float[] packagedScores(Path dir, List<Object> columns, int rows) {
    try (ModelRuntime runtime = ModelRuntime.open(dir)) {
      return runtime.score(columns, rows);
    } catch (PackageInvalid e) {
      throw Failures.of(mismatch, e, "package: " + e.getMessage() + " (expected: to open)");
    }
  }

  private static void delete(Path dir) throws IOException {
    try (Stream<Path> files = Files.list(dir)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(dir);
  }
}
