package io.millrace.activities.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.activities.packages.Packages;
import io.millrace.activities.store.FileStore;
import io.millrace.activities.store.ObjectStore;
import io.millrace.inference.model.Encoding;
import io.millrace.inference.runtime.ModelRuntime;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.train.TrainActivities.TrialRequest;
import io.millrace.workflows.port.train.TrainActivities.TrialResult;
import io.millrace.workflows.ref.DatasetRef;
import io.millrace.workflows.ref.Metric;
import io.millrace.workflows.ref.RunRef;
import io.millrace.workflows.spec.CandidateSpec;
import io.millrace.workflows.spec.Task;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The families beside plain dense nets, from a table to a package that answers. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class NetFamiliesTest {
  @TempDir static Path work;
  private ObjectStore store;

  @BeforeAll
  void open() {
    store = new FileStore(work.resolve("store"));
  }

  @Test
  void fit_ofACategoryOfManyLevels_learnsATableOfThem() throws Exception {
    DatasetRef towns =
        publish(
            "towns",
            Task.BINARY,
            "y",
            // only the town says anything, and a line through its number would not
            "SELECT hash(i) % 10 AS tenth, 't' || (i % 300) AS town, (i % 7)::DOUBLE AS x,"
                + " ((i % 300) * 7919 // 13 % 2)::VARCHAR AS y FROM range(6000) t(i)",
            List.of("0", "1"));
    Map<String, Object> values = Map.of("learning-rate", 0.01, "hidden", List.of(16));
    TrialResult result = fit("towns", Task.BINARY, towns, "mlp", values, "roc-auc", 10);
    assertThat(value(result, "roc-auc")).isGreaterThan(0.97);
    try (ModelRuntime runtime = runtime(result)) {
      assertThat(runtime.manifest().width()).isEqualTo(7);
      assertThat(runtime.manifest().encodings().getFirst())
          .isInstanceOfSatisfying(
              Encoding.Index.class, index -> assertThat(index.levels()).hasSize(300));
      // a town nobody has seen says nothing
      assertThat(runtime.predict(Map.of("town", "t300", "x", 3)).score()).isBetween(0.2f, 0.8f);
    }
    // one more level than the table has
    Map<String, Object> wide = new HashMap<>(values);
    wide.put("one-hot", 200);
    wide.put("levels", 10);
    TrialResult few = fit("few-towns", Task.BINARY, towns, "mlp", wide, "roc-auc", 1);
    try (ModelRuntime runtime = runtime(few)) {
      assertThat(((Encoding.Index) runtime.manifest().encodings().getFirst()).levels()).hasSize(10);
    }
  }

  @Test
  void fit_interrupted_goesOnToTheSamePackage() throws Exception {
    DatasetRef bars = bars("resumed");
    Map<String, Object> values = Map.of("blocks", List.of(4), "hidden", List.of(8));
    TrialResult calm = fit("calm", Task.IMAGE, bars, "cnn", values, "accuracy", 2);
    TrialRequest request = request("storm", Task.IMAGE, bars, "cnn", values, "accuracy", 2);
    Interruption now = new Interruption();
    now.request();
    for (int attempt = 1; attempt <= 3; attempt++) {
      assertThatThrownBy(
              () -> new FamilyTrainer(store, work, "node", now).fit(request, progress -> {}))
          .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.SPOT_INTERRUPTED));
    }
    TrialResult resumed = new FamilyTrainer(store, work, "node").fit(request, progress -> {});
    assertThat(resumed.model().digest()).isEqualTo(calm.model().digest());
  }

  @Test
  void fit_ofImages_findsWhatIsAnywhereInThem() throws Exception {
    DatasetRef bars = bars("bars");
    Map<String, Object> values =
        Map.of("blocks", List.of(8), "hidden", List.of(16), "learning-rate", 0.01, "shift", 1);
    for (Task task : List.of(Task.IMAGE, Task.MULTICLASS)) {
      TrialResult result = fit("bars-" + task.word(), task, bars, "cnn", values, "log-loss", 15);
      assertThat(value(result, "accuracy")).isGreaterThan(0.95);
      try (ModelRuntime runtime = runtime(result)) {
        // one mean and one scale for all pixels
        assertThat(runtime.manifest().encodings())
            .hasSize(64)
            .containsOnly(runtime.manifest().encodings().getFirst());
      }
    }
  }

  @Test
  void fit_ofColumnsThatAreNoImage_saysWhy() throws Exception {
    DatasetRef bars = bars("shapes");
    refused(
        bars,
        Map.of("height", 5, "width", 7),
        FailureType.CONFIG_INVALID,
        "height, width, channels: 5, 7, 0 (expected: numbers whose product is 64, the number"
            + " columns; 0 to infer one)");
    refused(
        bars,
        Map.of("channels", 3),
        FailureType.CONFIG_INVALID,
        "height, width, channels: 0, 0, 3 (expected: numbers whose product is 64");
    refused(
        bars,
        Map.of("blocks", List.of(4, 4, 4, 4)),
        FailureType.CONFIG_INVALID,
        "blocks: [4, 4, 4, 4], each halves 8 x 8 pixels (expected: at most 3 of them)");
    DatasetRef odd =
        publish(
            "odd",
            Task.MULTICLASS,
            "y",
            "SELECT i % 10 AS tenth, i AS a, i AS b, i AS c, (i % 3)::VARCHAR AS y"
                + " FROM range(100) t(i)",
            List.of("0", "1", "2"));
    refused(
        odd,
        Map.of(),
        FailureType.DATA_INVALID,
        "number columns: 3 (expected: a square number of grey pixels, or height, width and"
            + " channels in the candidate)");
    DatasetRef text =
        publish(
            "text",
            Task.MULTICLASS,
            "y",
            "SELECT i % 10 AS tenth, 'a' AS a, (i % 3)::VARCHAR AS y FROM range(100) t(i)",
            List.of("0", "1", "2"));
    refused(
        text,
        Map.of(),
        FailureType.DATA_INVALID,
        "a: a category (expected: a number, one column per pixel and channel)");
  }

  @Test
  void fit_ofRatings_learnsTastes_andAnswersForStrangers() throws Exception {
    // by user, by item, and more when both are odd or both are even
    String rating =
        "3 + (u % 5 - 2) * 0.4 + (v % 3 - 1) * 0.4 + CASE WHEN u % 2 = v % 2 THEN 0.5 ELSE -0.5"
            + " END";
    DatasetRef ratings =
        publish(
            "ratings",
            Task.RECOMMEND,
            "stars",
            "SELECT hash(u * 100 + v) % 10 AS tenth, 'u' || u AS who, 'i' || v AS what, "
                + rating
                + " AS stars FROM range(80) s(u), range(50) t(v)",
            List.of());
    Map<String, Object> values = Map.of("dimension", 4, "unseen", 0.1);
    TrialResult result = fit("ratings", Task.RECOMMEND, ratings, "recommender", values, "rmse", 40);
    assertThat(value(result, "rmse")).isLessThan(0.2);
    try (ModelRuntime runtime = runtime(result)) {
      assertThat(runtime.manifest().width()).isEqualTo(2);
      assertThat(runtime.predict(Map.of("who", "u4", "what", "i2")).score())
          .isCloseTo(4.7f, within(0.4f));
      // the average user's opinion of the item, the user's of the average item, the mean
      assertThat(runtime.predict(Map.of("who", "new", "what", "i2")).score())
          .isCloseTo(3.4f, within(0.3f));
      assertThat(runtime.predict(Map.of("who", "u4", "what", "new")).score())
          .isCloseTo(3.8f, within(0.3f));
      assertThat(runtime.predict(Map.of("who", "new", "what", "new")).score())
          .isCloseTo(3f, within(0.3f));
    }
  }

  @Test
  void fit_ofRatingsWithMore_usesIt_andItsColumnsCanBeNamed() throws Exception {
    DatasetRef ratings =
        publish(
            "dated",
            Task.REGRESSION,
            "stars",
            "SELECT hash(u * 100 + v) % 10 AS tenth, 'c' || (u + v) % 3 AS shop, 'i' || v AS what,"
                + " 'u' || u AS who, (u * v % 11)::DOUBLE AS age, (u % 5) + (u * v % 11) * 0.3"
                + " + (u + v) % 3 AS stars FROM range(60) s(u), range(40) t(v)",
            List.of());
    Map<String, Object> values =
        new HashMap<>(Map.of("user", "who", "item", "what", "dimension", 4));
    TrialResult result = fit("dated", Task.REGRESSION, ratings, "recommender", values, "rmse", 25);
    assertThat(value(result, "r2")).isGreaterThan(0.95);
    try (ModelRuntime runtime = runtime(result)) {
      assertThat(runtime.manifest().encodings())
          .extracting(encoding -> encoding.getClass().getSimpleName())
          .containsExactly("OneHot", "Index", "Index", "PiecewiseLinear");
    }
    values.put("user", "age");
    assertThatThrownBy(
            () -> fit("named", Task.REGRESSION, ratings, "recommender", values, "rmse", 1))
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.CONFIG_INVALID))
        .hasMessageContaining(
            "user: age (expected: one of the category columns [shop, what, who], and another than"
                + " item)");
  }

  @Test
  void fit_withBalancedClasses_findsTheRareOne() throws Exception {
    DatasetRef rare =
        publish(
            "rare",
            Task.MULTICLASS,
            "y",
            "SELECT hash(i) % 10 AS tenth, (i * 7919 % 1000)::DOUBLE AS x, CASE WHEN i * 7919 %"
                + " 1000 < 100 AND i % 5 = 0 THEN 'rare' WHEN i % 2 = 0 THEN 'a' ELSE 'b' END AS y"
                + " FROM range(4000) t(i)",
            List.of("a", "b", "rare"));
    double even = meanRare(rare, "none");
    double balanced = meanRare(rare, "balanced");
    // where they are, a fifth are rare; 1 to 2 to 2 there, weighted 12 to 1 to 1
    assertThat(even).isLessThan(0.35);
    assertThat(balanced).isGreaterThan(0.6);
  }

  private double meanRare(DatasetRef dataset, String weight) throws Exception {
    Map<String, Object> values = Map.of("class-weight", weight, "learning-rate", 0.05);
    TrialResult result =
        fit("rare-" + weight, Task.MULTICLASS, dataset, "linear", values, "f1", 20);
    try (ModelRuntime runtime = runtime(result)) {
      return runtime.predict(Map.of("x", 50)).scores()[2];
    }
  }

  /** A bright row, column or diagonal of eight by eight pixels, with some noise. */
  private DatasetRef bars(String name) throws Exception {
    String pixels =
        IntStream.range(0, 64)
            .mapToObj(
                p ->
                    ("(CASE WHEN CASE k WHEN 0 THEN pos = %d WHEN 1 THEN pos = %d ELSE (pos + %d)"
                         + " %% 8 = %d END THEN 200 ELSE 20 END + hash(i * 64 + %d) %% 40)::DOUBLE"
                         + " AS p%d")
                        .formatted(p / 8, p % 8, p / 8, p % 8, p, p))
            .collect(Collectors.joining(", "));
    return publish(
        name,
        Task.IMAGE,
        "y",
        "SELECT hash(i) % 10 AS tenth, "
            + pixels
            + ", ['h', 'v', 'd'][k + 1] AS y FROM (SELECT i, (i % 3)::INT AS k, (i // 3 % 8)::INT"
            + " AS pos FROM range(900) t(i))",
        List.of("d", "h", "v"));
  }

  private void refused(
      DatasetRef dataset, Map<String, Object> values, FailureType type, String message) {
    assertThatThrownBy(() -> fit("refused", Task.MULTICLASS, dataset, "cnn", values, "f1", 1))
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(type))
        .hasMessageContaining(message);
  }

  private DatasetRef publish(
      String name, Task task, String target, String query, List<String> classes) throws Exception {
    return TestDatasets.publish(store, work.resolve(name), task, target, query, classes);
  }

  private TrialResult fit(
      String run,
      Task task,
      DatasetRef dataset,
      String family,
      Map<String, Object> values,
      String metric,
      int epochs) {
    return new FamilyTrainer(store, work.resolve("scratch"), "node")
        .fit(request(run, task, dataset, family, values, metric, epochs), progress -> {});
  }

  private static TrialRequest request(
      String run,
      Task task,
      DatasetRef dataset,
      String family,
      Map<String, Object> values,
      String metric,
      int epochs) {
    return TrialRequests.of(
        new RunRef(run, "sample", null),
        task,
        dataset,
        new CandidateSpec(family, values),
        metric,
        epochs,
        Duration.ofHours(1));
  }

  private ModelRuntime runtime(TrialResult result) {
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
