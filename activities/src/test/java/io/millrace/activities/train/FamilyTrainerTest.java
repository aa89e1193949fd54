package io.millrace.activities.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.activities.packages.Packages;
import io.millrace.activities.store.FileStore;
import io.millrace.activities.store.ObjectStore;
import io.millrace.inference.model.ManifestJson;
import io.millrace.inference.model.ModelManifest;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.train.TrainActivities.TrialProgress;
import io.millrace.workflows.port.train.TrainActivities.TrialRequest;
import io.millrace.workflows.port.train.TrainActivities.TrialResult;
import io.millrace.workflows.ref.DatasetRef;
import io.millrace.workflows.ref.Metric;
import io.millrace.workflows.ref.RunRef;
import io.millrace.workflows.spec.CandidateSpec;
import io.millrace.workflows.spec.Task;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FamilyTrainerTest {
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Consumer<TrialProgress> NOBODY = progress -> {};

  @TempDir static Path work;
  private ObjectStore store;
  private DatasetRef credit;

  @BeforeAll
  void publish() throws Exception {
    store = new FileStore(work.resolve("store"));
    credit = TestDatasets.credit(store, work.resolve("parts"));
  }

  @Test
  void fit_ofTheCardTable_packagesAModelAboveTheFloor() throws Exception {
    for (String family : List.of("linear", "mlp")) {
      CopyOnWriteArrayList<TrialProgress> told = new CopyOnWriteArrayList<>();
      TrialRequest request =
          request("floor-" + family, Task.BINARY, credit, family, Map.of(), "roc-auc", 30);
      TrialResult result = trainer().fit(request, told::add);
      assertThat(value(result, "roc-auc")).isGreaterThan(0.765);
      assertThat(result.family()).isEqualTo(family);
      assertThat(result.bestEpoch()).isBetween(1, result.epochs());
      assertThat(told).isNotEmpty().allMatch(p -> p.node().equals("node") && p.share() <= 1);
      ModelManifest manifest = manifest(result);
      assertThat(manifest.output().classes()).containsExactly("0", "1");
      assertThat(manifest.features()).hasSize(23);
      assertThat(manifest.features().getFirst().min()).isEqualTo(10_000);
    }
  }

  @Test
  void fit_inAnotherRun_givesTheSamePackage() {
    TrialResult one =
        trainer().fit(request("one", Task.BINARY, credit, "linear", Map.of(), "f1", 2), NOBODY);
    TrialResult two =
        trainer().fit(request("two", Task.BINARY, credit, "linear", Map.of(), "f1", 2), NOBODY);
    assertThat(two.model().digest()).isEqualTo(one.model().digest());
    assertThat(two.model().prefix()).startsWith("runs/two/trials/0/package-");
  }

  @Test
  void fit_interrupted_endsAtACheckpoint_andTheNextGoesOnToTheSamePackage() {
    Map<String, Object> small = Map.of("hidden", List.of(8), "dropout", 0.2, "bins", 4);
    TrialResult straight =
        trainer().fit(request("calm", Task.BINARY, credit, "mlp", small, "roc-auc", 2), NOBODY);
    TrialRequest request = request("storm", Task.BINARY, credit, "mlp", small, "roc-auc", 2);
    Interruption now = new Interruption();
    now.request();
    // each attempt does one batch and is sent away
    for (int batch = 1; batch <= 3; batch++) {
      assertThatThrownBy(() -> new FamilyTrainer(store, work, "node", now).fit(request, NOBODY))
          .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.SPOT_INTERRUPTED))
          .hasMessageContaining("asked to stop at step " + batch);
    }
    TrialResult resumed = trainer().fit(request, NOBODY);
    assertThat(resumed.model().digest()).isEqualTo(straight.model().digest());
    assertThat(resumed.steps()).isEqualTo(straight.steps());
  }

  @Test
  void fit_pausedTwiceAndPromoted_endsInTheBitsOfAStraightRun() {
    for (String family : List.of("linear", "mlp", "boosted-trees")) {
      Map<String, Object> small =
          family.equals("mlp") ? Map.of("hidden", List.of(8), "dropout", 0.2, "bins", 4) : Map.of();
      int passes = family.equals("boosted-trees") ? 10 : 1;
      TrialResult straight =
          trainer()
              .fit(
                  request("straight-" + family, Task.BINARY, credit, family, small, "roc-auc", 4),
                  NOBODY);
      TrialRequest whole =
          request("rungs-" + family, Task.BINARY, credit, family, small, "roc-auc", 4);
      TrialResult first = trainer().fit(TrialRequests.pausing(whole, 1), NOBODY);
      TrialResult second = trainer().fit(TrialRequests.pausing(whole, 2), NOBODY);
      TrialResult last = trainer().fit(whole, NOBODY);

      assertThat(first.paused()).isTrue();
      assertThat(first.epochs()).isEqualTo(passes);
      assertThat(second.paused()).isTrue();
      assertThat(second.epochs()).isEqualTo(2 * passes);
      assertThat(second.steps()).isEqualTo(2 * first.steps());
      // a partial result is a model of its own
      assertThat(value(first, "roc-auc")).isGreaterThan(0.5);
      assertThat(last.paused()).isFalse();
      assertThat(last.model().digest()).isEqualTo(straight.model().digest());
      assertThat(last.steps()).isEqualTo(straight.steps());
      assertThat(last.validation()).isEqualTo(straight.validation());
    }
  }

  @Test
  void fit_toAPauseBeyondTheEnd_isTheWholeTrial() {
    TrialRequest whole =
        request("beyond", Task.BINARY, credit, "linear", Map.of("bins", 4), "roc-auc", 2);
    TrialResult result = trainer().fit(TrialRequests.pausing(whole, 5), NOBODY);
    assertThat(result.paused()).isFalse();
    assertThat(result.epochs()).isEqualTo(2);
    assertThatThrownBy(() -> trainer().fit(TrialRequests.pausing(whole, 0), NOBODY))
        .hasMessageContaining("stop-after: 0 (expected: > 0)");
  }

  @Test
  void fit_whoseReceiverSaysCancelled_endsWithThat() {
    IllegalStateException cancelled = new IllegalStateException("cancelled");
    TrialRequest request =
        request("cancelled", Task.BINARY, credit, "mlp", Map.of(), "roc-auc", 1000);
    assertThatThrownBy(
            () ->
                trainer()
                    .fit(
                        request,
                        progress -> {
                          throw cancelled;
                        }))
        .isSameAs(cancelled);
  }

  @Test
  void fit_ofManyClassesWithMissingValues_learnsThem() throws Exception {
    DatasetRef shapes =
        TestDatasets.publish(
            store,
            work.resolve("shapes"),
            Task.MULTICLASS,
            "shape",
            "SELECT i % 10 AS tenth, CASE WHEN i % 7 = 0 THEN NULL ELSE (i * 37 % 101)::DOUBLE END"
                + " AS x, 'c' || (i % 3) AS colour, 's' || ((i * 37 % 101 > 50)::INT + i % 3 // 2)"
                + " AS shape FROM range(3000) t(i)",
            List.of("s0", "s1", "s2"));
    TrialResult result =
        trainer()
            .fit(
                request(
                    "many",
                    Task.MULTICLASS,
                    shapes,
                    "mlp",
                    Map.of("learning-rate", 0.01),
                    "log-loss",
                    10),
                NOBODY);
    assertThat(value(result, "accuracy")).isGreaterThan(0.8);
    assertThat(manifest(result).encodings()).extracting(e -> e.width()).contains(17, 5);
  }

  @Test
  void fit_ofARegression_answersInTheTargetsUnit() throws Exception {
    DatasetRef prices =
        TestDatasets.publish(
            store,
            work.resolve("prices"),
            Task.REGRESSION,
            "price",
            "SELECT i % 10 AS tenth, (i * 37 % 101)::DOUBLE AS size, 'c' || (i % 3) AS town,"
                + " 1000000 + 5000 * (i * 37 % 101) + 20000 * (i % 3) AS price"
                + " FROM range(3000) t(i)",
            List.of());
    TrialResult result =
        trainer()
            .fit(request("price", Task.REGRESSION, prices, "linear", Map.of(), "rmse", 60), NOBODY);
    assertThat(value(result, "r2")).isGreaterThan(0.95);
    assertThat(value(result, "rmse")).isLessThan(30_000);
  }

  @Test
  void fit_ofOneClassInValidation_isDataInvalid() throws Exception {
    DatasetRef flat =
        TestDatasets.publish(
            store,
            work.resolve("flat"),
            Task.BINARY,
            "y",
            "SELECT i % 10 AS tenth, i AS x, CASE WHEN i % 10 = 8 THEN '0' ELSE (i % 2)::VARCHAR"
                + " END AS y FROM range(200) t(i)",
            List.of("0", "1"));
    assertThatThrownBy(
            () ->
                trainer()
                    .fit(
                        request("flat", Task.BINARY, flat, "linear", Map.of(), "roc-auc", 3),
                        NOBODY))
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.DATA_INVALID))
        .hasMessageContaining("validation: roc-auc is not defined on its 20 rows");
  }

  @Test
  void fit_ofAnObjectiveThatDoesNotFit_isConfigInvalid() {
    assertThatThrownBy(
            () ->
                trainer()
                    .fit(
                        request("bad", Task.BINARY, credit, "linear", Map.of(), "rmse", 3), NOBODY))
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.CONFIG_INVALID))
        .hasMessageContaining(
            "objective.metric: rmse (expected: one of [roc-auc, log-loss, accuracy, f1] for"
                + " binary)");
  }

  private FamilyTrainer trainer() {
    return new FamilyTrainer(store, work.resolve("scratch"), "node");
  }

  private static TrialRequest request(
      String run,
      Task task,
      DatasetRef dataset,
      String family,
      Map<String, Object> parameters,
      String metric,
      int epochs) {
    return TrialRequests.of(
        new RunRef(run, "sample", null),
        task,
        dataset,
        new CandidateSpec(family, parameters),
        metric,
        epochs,
        HOUR);
  }

  private ModelManifest manifest(TrialResult result) throws Exception {
    Path dir =
        new Packages(store, work.resolve("fetched"))
            .fetch(result.model().prefix(), result.model().digest());
    return ManifestJson.read(Files.readAllBytes(dir.resolve("model.json")));
  }

  private static double value(TrialResult result, String metric) {
    return result.validation().stream()
        .filter(m -> m.name().equals(metric))
        .mapToDouble(Metric::value)
        .findFirst()
        .orElseThrow();
  }
}
