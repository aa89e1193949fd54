package io.millrace.activities.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.activities.data.DuckDbIngest;
import io.millrace.activities.dataset.Datasets;
import io.millrace.activities.dataset.Table;
import io.millrace.activities.metrics.Metrics;
import io.millrace.activities.packages.Packages;
import io.millrace.activities.scoring.DatasetScorer;
import io.millrace.activities.secret.Secrets;
import io.millrace.activities.spec.SpecParser;
import io.millrace.activities.store.FileStore;
import io.millrace.inference.runtime.ModelRuntime;
import io.millrace.workflows.port.data.DataActivities.IngestRequest;
import io.millrace.workflows.port.train.TrainActivities.TrialRequest;
import io.millrace.workflows.port.train.TrainActivities.TrialResult;
import io.millrace.workflows.ref.DatasetRef;
import io.millrace.workflows.ref.Metric;
import io.millrace.workflows.ref.RunRef;
import io.millrace.workflows.spec.CandidateSpec;
import io.millrace.workflows.spec.Spec;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code infra/examples/credit/boosted-trees.yaml}, from its file to the held-out rows. */
class CreditFamiliesTest {
  private static final RunRef RUN = new RunRef("credit-1", "credit-default", null);

  @TempDir Path work;

  @Test
  void fit_ofTheExamplesCandidates_hasAWinnerAboveTheFloorOnRowsNobodySaw() throws Exception {
    Path example =
        Path.of(System.getenv("MILLRACE_ROOT"), "infra/examples/credit/boosted-trees.yaml");
    Spec spec = SpecParser.parse(Files.readAllBytes(example));
    FileStore store = new FileStore(work.resolve("store"));
    DatasetRef data =
        new DuckDbIngest(store, work.resolve("scratch"), new Secrets(java.util.Map.of()))
            .ingest(
                new IngestRequest(
                    RUN, spec.model(), spec.task(), spec.data(), example.toString(), null))
            .dataset();
    Datasets datasets = new Datasets(store, work.resolve("scratch"));
    Table test = datasets.read(data, "test");
    double[] labels = Datasets.labels(datasets.manifest(data), test);
    double bestValidation = 0;
    double held = 0;
    String winner = "";
    for (int trial = 0; trial < spec.training().candidates().size(); trial++) {
      CandidateSpec candidate = spec.training().candidates().get(trial);
      TrialResult result =
          new FamilyTrainer(store, work.resolve("scratch"), "node")
              .fit(request(spec, data, trial, candidate), progress -> {});
      double validation =
          result.validation().stream()
              .filter(metric -> metric.name().equals("roc-auc"))
              .mapToDouble(Metric::value)
              .findFirst()
              .orElseThrow();
      double auc;
      try (ModelRuntime runtime =
          DatasetScorer.open(
              new Packages(store, work.resolve("scratch"))
                  .fetch(result.model().prefix(), result.model().digest()))) {
        auc = Metrics.ROC_AUC.value(spec.task(), labels, DatasetScorer.score(runtime, test), 0.5);
      }
      if (validation > bestValidation) {
        bestValidation = validation;
        held = auc;
        winner = candidate.family();
      }
    }
    assertThat(winner).isEqualTo("boosted-trees");
    assertThat(held).isGreaterThan(0.775);
  }

  private static TrialRequest request(
      Spec spec, DatasetRef data, int trial, CandidateSpec candidate) {
    return new TrialRequest(
        RUN,
        trial,
        spec.model(),
        spec.task(),
        data,
        spec.data(),
        candidate,
        spec.training().seed(),
        spec.training().objective(),
        spec.training().maxEpochs(),
        spec.training().patience(),
        spec.training().batchSize(),
        spec.training().threads(),
        spec.training().checkpoint(),
        null);
  }
}
