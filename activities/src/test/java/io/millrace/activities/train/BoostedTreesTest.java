package io.millrace.activities.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.activities.dataset.Datasets;
import io.millrace.activities.dataset.Table;
import io.millrace.activities.packages.Packages;
import io.millrace.activities.store.FileStore;
import io.millrace.activities.store.ObjectStore;
import io.millrace.inference.model.Encoding;
import io.millrace.inference.runtime.ModelRuntime;
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
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The family through the activity: data in the store to a package in the store. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BoostedTreesTest {
  private static final Consumer<TrialProgress> NOBODY = progress -> {};
  private static final String MIXED =
      "SELECT i % 10 AS tenth, CASE WHEN i % 7 = 0 THEN NULL ELSE (i * 37 % 101)::DOUBLE END AS x,"
          + " CASE WHEN i % 11 = 0 THEN NULL ELSE 'c' || (i % 3) END AS colour,"
          + " 't' || (i % 60) AS town, ";

  @TempDir static Path work;
  private ObjectStore store;
  private DatasetRef credit;

  @BeforeAll
  void publish() throws Exception {
    store = new FileStore(work.resolve("store"));
    credit = TestDatasets.credit(store, work.resolve("parts"));
  }

  @Test
  void fit_ofTheCardTable_beatsTheNets() {
    CopyOnWriteArrayList<TrialProgress> told = new CopyOnWriteArrayList<>();
    TrialResult result = fit("credit", Task.BINARY, credit, Map.of(), "roc-auc", 30, told::add);
    assertThat(value(result, "roc-auc")).isGreaterThan(0.78);
    assertThat(result.bestEpoch()).isBetween(1, result.epochs());
    assertThat(result.epochs()).isBetween(51, 300);
    assertThat(told).isNotEmpty().allMatch(p -> p.share() <= 1);
    // 300 rounds are the whole, not the request's 30 epochs
    assertThat(told.getLast().share()).isLessThanOrEqualTo(told.getLast().epoch() / 300.0);
    assertThat(told.getLast().best()).isNotNull();
  }

  @Test
  void fit_interrupted_endsAtTheNextRound_andTheNextGoesOnToTheSamePackage() {
    Map<String, Object> small = Map.of("rounds", 6, "depth", 3, "learning-rate", 0.3);
    TrialResult straight = fit("calm", Task.BINARY, credit, small, "roc-auc", 5, NOBODY);
    TrialRequest request = request("storm", Task.BINARY, credit, small, "roc-auc", 5);
    Interruption now = new Interruption();
    now.request();
    for (int round = 1; round <= 3; round++) {
      assertThatThrownBy(() -> new FamilyTrainer(store, work, "node", now).fit(request, NOBODY))
          .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.SPOT_INTERRUPTED))
          .hasMessageContaining("asked to stop at step " + round);
    }
    TrialResult resumed = trainer().fit(request, NOBODY);
    assertThat(resumed.model().digest()).isEqualTo(straight.model().digest());
    assertThat(resumed.epochs()).isEqualTo(6);
  }

  @Test
  void fit_ofManyClassesWithMissingValuesAndCategories_scoresARowAloneAsInABatch()
      throws Exception {
    DatasetRef shapes =
        TestDatasets.publish(
            store,
            work.resolve("shapes"),
            Task.MULTICLASS,
            "shape",
            MIXED
                + "'s' || CASE WHEN i % 7 = 0 THEN 2 WHEN i * 37 % 101 > 50 THEN 1 ELSE 0 END AS"
                + " shape FROM range(3000) t(i)",
            List.of("s0", "s1", "s2"));
    TrialResult result =
        fit("many", Task.MULTICLASS, shapes, Map.of("rounds", 40), "log-loss", 5, NOBODY);
    // the third class is "x is missing", which only a split on that finds
    assertThat(value(result, "accuracy")).isGreaterThan(0.98);
    try (ModelRuntime runtime = open(result)) {
      assertThat(runtime.manifest().encodings())
          .satisfiesExactly(
              x -> assertThat(x).isInstanceOf(Encoding.Raw.class),
              colour -> assertThat(colour).isInstanceOf(Encoding.OneHot.class),
              town -> assertThat(town).isInstanceOf(Encoding.Index.class));
      Table held = new Datasets(store, work).read(shapes, "validation");
      List<Object> columns = TabularData.columns(runtime.manifest().features(), held);
      float[] together = runtime.score(columns, held.rows());
      for (int row = 0; row < held.rows(); row++) {
        float[] alone = runtime.score(row(columns, row), 1);
        for (int c = 0; c < 3; c++) {
          assertThat(alone[c]).as("row %d", row).isEqualTo(together[row * 3 + c]);
        }
      }
      // never seen, missing everywhere, absurdly great: still a distribution
      for (Map<String, @Nullable Object> odd :
          List.<Map<String, @Nullable Object>>of(
              Map.of("x", 1e300, "colour", "mauve", "town", "t1"), Map.of())) {
        Map<String, @Nullable Object> whole = new java.util.HashMap<>(odd);
        List.of("x", "colour", "town").forEach(name -> whole.putIfAbsent(name, null));
        assertThat(runtime.predict(whole)).isNotNull();
      }
    }
  }

  @Test
  void fit_ofARegression_answersInTheTargetsUnit() throws Exception {
    DatasetRef prices =
        TestDatasets.publish(
            store,
            work.resolve("prices"),
            Task.REGRESSION,
            "price",
            MIXED
                + "1000000 + 5000 * (i * 37 % 101) + 20000 * (i % 3) AS price"
                + " FROM range(3000) t(i)",
            List.of());
    TrialResult result =
        fit("price", Task.REGRESSION, prices, Map.of("learning-rate", 0.1), "rmse", 30, NOBODY);
    assertThat(value(result, "r2")).isGreaterThan(0.85);
    TrialResult again =
        fit("again", Task.REGRESSION, prices, Map.of("learning-rate", 0.1), "rmse", 30, NOBODY);
    assertThat(again.model().digest()).isEqualTo(result.model().digest());
  }

  private static List<Object> row(List<Object> columns, int row) {
    List<Object> one = new ArrayList<>();
    for (Object column : columns) {
      one.add(
          column instanceof double[] numbers
              ? new double[] {numbers[row]}
              : new String[] {((String[]) column)[row]});
    }
    return one;
  }

  private FamilyTrainer trainer() {
    return new FamilyTrainer(store, work.resolve("scratch"), "node");
  }

  private TrialResult fit(
      String run,
      Task task,
      DatasetRef dataset,
      Map<String, Object> parameters,
      String metric,
      int epochs,
      Consumer<TrialProgress> receiver) {
    return trainer().fit(request(run, task, dataset, parameters, metric, epochs), receiver);
  }

  private static TrialRequest request(
      String run,
      Task task,
      DatasetRef dataset,
      Map<String, Object> parameters,
      String metric,
      int epochs) {
    return TrialRequests.of(
        new RunRef(run, "sample", null),
        task,
        dataset,
        new CandidateSpec("boosted-trees", parameters),
        metric,
        epochs,
        Duration.ofHours(1));
  }

  private ModelRuntime open(TrialResult result) {
    return ModelRuntime.open(
        new Packages(store, work.resolve("fetched"))
            .fetch(result.model().prefix(), result.model().digest()));
  }

  private static double value(TrialResult result, String metric) {
    return result.validation().stream()
        .filter(m -> m.name().equals(metric))
        .mapToDouble(Metric::value)
        .findFirst()
        .orElseThrow();
  }
}
