package io.millrace.activities.train;

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

/** Turns the best epoch's parameters into a package and measures what was packaged. */
final class Packaging {
  /** Two engines add in different orders; float32 sums of a few hundred terms agree to this. */
  private static final double TOLERANCE = 1e-5;

  private final Packages packages;
  private final Path scratch;

  Packaging(Packages packages, Path scratch) {
    this.packages = packages;
    this.scratch = scratch;
  }

  /**
   * @param validation every metric of the task, without intervals
   */
  record Packaged(PackageRef model, List<Metric> validation) {}

  /**
   * @throws io.temporal.failure.ApplicationFailure {@code INVARIANT_BROKEN} when the packaged graph
   *     scores otherwise than the engine that trained it
   */
  Packaged publish(
      TrialRequest request,
      TabularData data,
      FeedForward net,
      Objective objective,
      Metrics metric,
      float[][] best) {
    byte[] graph = OnnxGraph.of(net, objective, best);
    float[] trained = TrainingLoop.scores(net, objective, best, data.validation());
    double threshold =
        request.task() == Task.BINARY
            ? Thresholds.chosen(metric, data.validation().labels(), trained)
            : Thresholds.EVEN;
    ModelManifest manifest =
        new ModelManifest(
            1,
            request.model(),
            request.task().word(),
            request.candidate().family(),
            data.features(),
            data.encodings(),
            data.width(),
            new ModelManifest.Graph(
                PackageFiles.GRAPH, PackageFiles.sha256(graph), OnnxGraph.INPUT, OnnxGraph.OUTPUT),
            new ModelManifest.Output(
                data.manifest().target(), data.manifest().classes(), threshold));
    try {
      Files.createDirectories(scratch);
      Path dir = Files.createTempDirectory(scratch, "package-");
      try {
        Files.write(dir.resolve(PackageFiles.GRAPH), graph);
        Files.write(dir.resolve(PackageFiles.MANIFEST), ManifestJson.write(manifest));
        float[] packaged = packagedScores(dir, data);
        agree(trained, packaged, objective);
        List<Metric> metrics = new ArrayList<>();
        for (Metrics each : Metrics.of(request.task())) {
          double value =
              each.value(request.task(), data.validation().labels(), packaged, threshold);
          if (Double.isFinite(value)) {
            metrics.add(new Metric(each.word(), value, null, null, data.validation().rows()));
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

  private static void agree(float[] trained, float[] packaged, Objective objective) {
    double worst = 0;
    for (int i = 0; i < trained.length; i++) {
      double size = Math.max(1, Math.abs(trained[i]) / objective.scale()) * objective.scale();
      double apart = Math.abs(trained[i] - packaged[i]) / size;
      // NaN counts as apart
      worst = apart <= worst ? worst : apart;
    }
    if (!(worst <= TOLERANCE)) {
      throw Failures.of(
          FailureType.INVARIANT_BROKEN,
          "packaged graph: scores differ from the trained net's by "
              + worst
              + " (expected: at most "
              + TOLERANCE
              + ")");
    }
  }

  /** Through the runtime that gates and servers use, from the values as they are stored. */
  private static float[] packagedScores(Path dir, TabularData data) {
    try (ModelRuntime runtime = ModelRuntime.open(dir)) {
      return runtime.score(data.validationColumns(), data.validation().rows());
    } catch (PackageInvalid e) {
      throw Failures.of(
          FailureType.INVARIANT_BROKEN, e, "package: " + e.getMessage() + " (expected: to open)");
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
