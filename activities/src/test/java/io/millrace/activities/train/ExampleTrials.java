package io.millrace.activities.train;

import io.millrace.activities.data.DuckDbIngest;
import io.millrace.activities.dataset.DatasetManifest;
import io.millrace.activities.dataset.Datasets;
import io.millrace.activities.dataset.Table;
import io.millrace.activities.metrics.Beside;
import io.millrace.activities.metrics.Metrics;
import io.millrace.activities.packages.Packages;
import io.millrace.activities.scoring.DatasetScorer;
import io.millrace.activities.secret.Secrets;
import io.millrace.activities.spec.SpecParser;
import io.millrace.activities.store.FileStore;
import io.millrace.inference.runtime.ModelRuntime;
import io.millrace.workflows.port.data.DataActivities.IngestRequest;
import io.millrace.workflows.port.data.DataActivities.IngestResult;
import io.millrace.workflows.port.train.TrainActivities.TrialRequest;
import io.millrace.workflows.port.train.TrainActivities.TrialResult;
import io.millrace.workflows.ref.RunRef;
import io.millrace.workflows.spec.CandidateSpec;
import io.millrace.workflows.spec.Spec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** A shipped example's own spec and data, ingested; its candidates, trained and measured. */
final class ExampleTrials {
  final Spec spec;
  final IngestResult data;
  final DatasetManifest manifest;
  private final Path scratch;
  private final FileStore store;
  private final Table test;
  private int trials;

  /** Of the shipped example of that name. */
  ExampleTrials(String name, Path work) throws Exception {
    this(Path.of(System.getenv("MILLRACE_ROOT"), "infra/examples", name, "pipeline.yaml"), work);
  }

  ExampleTrials(Path file, Path work) throws Exception {
    spec = SpecParser.parse(Files.readAllBytes(file));
    scratch = work.resolve("scratch");
    store = new FileStore(work.resolve("store"));
    data =
        new DuckDbIngest(store, scratch, new Secrets(Map.of()))
            .ingest(
                new IngestRequest(
                    run(), spec.model(), spec.task(), spec.data(), file.toString(), null));
    Datasets datasets = new Datasets(store, scratch);
    manifest = datasets.manifest(data.dataset());
    test = datasets.read(data.dataset(), DatasetManifest.TEST);
  }

  private static RunRef run() {
    return new RunRef("example-1", "example", null);
  }

  FileStore store() {
    return store;
  }

  /** One trial as the spec asks for it. */
  TrialResult train(CandidateSpec candidate, Interruption interruption, int trial, int maxEpochs) {
    return new FamilyTrainer(store, scratch, "node", interruption)
        .fit(
            new TrialRequest(
                run(),
                trial,
                spec.model(),
                spec.task(),
                data.dataset(),
                spec.data(),
                candidate,
                spec.training().seed(),
                spec.training().objective(),
                maxEpochs,
                spec.training().patience(),
                spec.training().batchSize(),
                spec.training().threads(),
                spec.training().checkpoint(),
                null),
            progress -> {});
  }

  /** The next trial as the spec asks for it. */
  TrialResult train(CandidateSpec candidate) {
    return train(candidate, new Interruption(), trials++, spec.training().maxEpochs());
  }

  /** On the test split, by the runtime that serves. */
  double measured(TrialResult result, Metrics metric) {
    try (ModelRuntime runtime =
        DatasetScorer.open(
            new Packages(store, scratch).fetch(result.model().prefix(), result.model().digest()))) {
      return metric.value(
          spec.task(),
          Datasets.labels(manifest, test),
          DatasetScorer.score(runtime, test),
          runtime.manifest().output().threshold(),
          Beside.of(manifest, test));
    }
  }
}
