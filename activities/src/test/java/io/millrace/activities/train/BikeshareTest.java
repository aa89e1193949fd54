package io.millrace.activities.train;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class BikeshareTest {
  @TempDir Path work;

  @Test
  void scratch() throws Exception {
    Path example =
        Path.of(System.getenv("MILLRACE_ROOT"), "infra/examples/bikeshare/pipeline.yaml");
    Spec spec =
        SpecParser.parse(
            Files.readString(example).replace("family: forecaster", "family: mlp").getBytes());
    FileStore store = new FileStore(work.resolve("store"));
    long from = System.nanoTime();
    IngestResult data =
        new DuckDbIngest(store, work.resolve("scratch"), new Secrets(Map.of()))
            .ingest(
                new IngestRequest(
                    new RunRef("b-1", "bikeshare", null),
                    spec.model(),
                    spec.task(),
                    spec.data(),
                    example.toString(),
                    null));
    System.out.println("ingest s " + (System.nanoTime() - from) / 1e9);
    data.expectations().forEach(System.out::println);
    Datasets datasets = new Datasets(store, work.resolve("scratch"));
    DatasetManifest manifest = datasets.manifest(data.dataset());
    manifest.columns().forEach(System.out::println);
    System.out.println(manifest.naive() + manifest.rows());
    Table test = datasets.read(data.dataset(), "test");
    Beside beside = Beside.of(manifest, test);
    double[] labels = Datasets.labels(manifest, test);
    int n = 0;
    for (CandidateSpec candidate :
        List.of(
            new CandidateSpec("linear", Map.of()),
            new CandidateSpec("mlp", Map.of()),
            new CandidateSpec("mlp", Map.of("hidden", List.of(128, 64), "bins", 32)),
            new CandidateSpec("mlp", Map.of("hidden", List.of(64), "bins", 0)))) {
      from = System.nanoTime();
      TrialResult result =
          new FamilyTrainer(store, work.resolve("scratch"), "node")
              .fit(
                  new TrialRequest(
                      new RunRef("b-1", "bikeshare", null),
                      n++,
                      spec.model(),
                      spec.task(),
                      data.dataset(),
                      spec.data(),
                      candidate,
                      7,
                      spec.training().objective(),
                      50,
                      8,
                      64,
                      1,
                      spec.training().checkpoint(),
                      null),
                  p -> {});
      try (ModelRuntime runtime =
          DatasetScorer.open(
              new Packages(store, work.resolve("scratch"))
                  .fetch(result.model().prefix(), result.model().digest()))) {
        float[] scores = DatasetScorer.score(runtime, test);
        System.out.println(
            candidate
                + " s "
                + (System.nanoTime() - from) / 1e9
                + " epochs "
                + result.epochs()
                + " valid "
                + result.validation()
                + " test mae "
                + Metrics.MAE.value(spec.task(), labels, scores, 0.5)
                + " skill "
                + Metrics.SKILL.value(spec.task(), labels, scores, 0.5, beside));
      }
    }
    assertThat(n).isPositive();
  }
}
