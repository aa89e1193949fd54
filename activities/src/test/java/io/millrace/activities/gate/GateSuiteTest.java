package io.millrace.activities.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.millrace.activities.dataset.Datasets;
import io.millrace.activities.dataset.Table;
import io.millrace.activities.packages.Packages;
import io.millrace.activities.scoring.DatasetScorer;
import io.millrace.activities.store.FileStore;
import io.millrace.activities.train.TestDatasets;
import io.millrace.inference.model.TestPackages;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.gate.GateActivities;
import io.millrace.workflows.port.gate.GateActivities.GateReport;
import io.millrace.workflows.port.gate.GateActivities.GateRequest;
import io.millrace.workflows.port.gate.Verdict;
import io.millrace.workflows.ref.DatasetRef;
import io.millrace.workflows.ref.Metric;
import io.millrace.workflows.ref.ModelRef;
import io.millrace.workflows.ref.PackageRef;
import io.millrace.workflows.ref.RunRef;
import io.millrace.workflows.spec.DataSpec;
import io.millrace.workflows.spec.GateSpec;
import io.millrace.workflows.spec.GateSpec.Severity;
import io.millrace.workflows.spec.TargetSpec;
import io.millrace.workflows.spec.Task;
import io.millrace.workflows.wire.PayloadJson;
import io.temporal.client.WorkflowClientOptions;
import io.temporal.testing.TestActivityEnvironment;
import io.temporal.testing.TestEnvironmentOptions;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@NullUnmarked // a null here fails the test, as it should
class GateSuiteTest {
  @TempDir Path folder;
  private FileStore store;
  private DatasetRef dataset;
  private PackageRef model;
  private TestActivityEnvironment environment;
  private GateActivities gates;
  private @Nullable TargetSpec target;
  private final HandMadeMeter meter = new HandMadeMeter();

  /** Labels drawn from what the linear test package itself answers. */
  private static final String QUERY =
      """
      WITH raw AS (
        SELECT i, 20 + (i * 7) % 60 AS age,
          CASE WHEN i % 11 = 0 THEN NULL ELSE 300 + (i * 37) % 1700 END AS income,
          CASE WHEN i % 3 = 0 THEN 'berlin' ELSE 'paris' END AS city, i % 4 AS grade
        FROM range(20000) t(i)),
      odds AS (
        SELECT *, 0.5 * (age - 40) / 10 - (coalesce(income, 900) - 1000) / 500
          + CASE WHEN income IS NULL THEN 0.25 ELSE 0 END
          + CASE city WHEN 'berlin' THEN 1 ELSE -1 END AS z
        FROM raw)
      SELECT age, income, city, grade,
        CASE WHEN (hash(i) % 1000000) / 1e6 < 1 / (1 + exp(-z)) THEN 1 ELSE 0 END AS target,
        (hash(i + 77) % 10) AS tenth
      FROM odds\
      """;

  @BeforeEach
  void open() throws Exception {
    store = new FileStore(folder.resolve("store"));
    dataset =
        TestDatasets.publish(
            store, folder.resolve("parts"), Task.BINARY, "target", QUERY, List.of("0", "1"));
    model = publish(TestPackages.linear(folder.resolve("package")), "runs/credit-1/trials/0/p/");
    environment =
        TestActivityEnvironment.newInstance(
            TestEnvironmentOptions.newBuilder()
                .setWorkflowClientOptions(
                    WorkflowClientOptions.newBuilder()
                        .setDataConverter(PayloadJson.converter())
                        .build())
                .build());
    environment.registerActivitiesImplementations(
        new GateSuite(store, folder.resolve("scratch"), List.of(meter)));
    gates = environment.newActivityStub(GateActivities.class);
  }

  @AfterEach
  void close() {
    environment.close();
  }

  private PackageRef publish(Path dir, String prefix) {
    return new Packages(store, folder.resolve("scratch")).publish(dir, prefix);
  }

  private static DataSpec data() throws Exception {
    return PayloadJson.mapper().readValue("{\"target\":\"target\"}", DataSpec.class);
  }

  private GateRequest request(@Nullable ModelRef champion, GateSpec... specs) throws Exception {
    return new GateRequest(
        new RunRef("credit-1", "credit", null),
        Task.BINARY,
        dataset,
        data(),
        model,
        champion,
        List.of(specs),
        7,
        target);
  }

  private static GateSpec.MetricBound floor(double floor) {
    return new GateSpec.MetricBound("roc-auc", floor, null, 0.95, Severity.BLOCK);
  }

  private static final GateSpec SLICES =
      new GateSpec.WorstSlice(
          new GateSpec.Slice(List.of("age:quartiles", "city", "grade")),
          "roc-auc",
          0.6,
          100,
          Severity.BLOCK);
  private static final GateSpec LATENCY =
      new GateSpec.Latency("p99", Duration.ofSeconds(2), "target", Severity.BLOCK);
  private static final GateSpec NOT_WORSE =
      new GateSpec.NonInferiority("non-inferior", "roc-auc", 0.005, 0.95, Severity.BLOCK);
  private static final GateSpec APPROVAL =
      new GateSpec.Approval(
          new GateSpec.Approvers("risk-officer", 1, Duration.ofDays(3)), Severity.BLOCK);

  @Test
  void evaluate_ofAGoodModel_acceptsEveryGateAndLeavesApprovalsToPeople() throws Exception {
    GateReport report =
        gates.evaluate(request(null, floor(0.7), NOT_WORSE, SLICES, LATENCY, APPROVAL));

    assertThat(report.passed()).isTrue();
    assertThat(report.verdicts()).hasSize(5).hasOnlyElementsOfType(Verdict.Accepted.class);
    assertThat(report.rows()).isBetween(1800L, 2200L);
    assertThat(report.metrics())
        .extracting(Metric::name)
        .containsExactly("roc-auc", "log-loss", "accuracy", "f1", "ece");
    assertThat(report.metrics().subList(0, 4))
        .allSatisfy(metric -> assertThat(metric.value()).isBetween(metric.low(), metric.high()));
    assertThat(report.verdicts().get(2).sentence()).startsWith("The worst of 10 slices is ");
    assertThat(report.verdicts().get(3).observation().name()).isEqualTo("latency-p99-ms");
    Verdict runtimes = report.verdicts().getLast();
    assertThat(runtimes.gate()).isEqualTo("runtimes: agree");
    assertThat(runtimes.sentence()).startsWith("java and onnx score 1,000 rows at most ");
    assertThat(runtimes.observation().value()).isLessThan(1e-6);
  }

  @Test
  void evaluate_forATargetThatIsMeasured_judgesAndKeepsWhatWasMeasuredThere() throws Exception {
    target = HandMadeMeter.LAMBDA;
    GateReport report =
        gates.evaluate(
            request(
                null,
                new GateSpec.Latency("p99", Duration.ofMillis(3), "target", Severity.BLOCK),
                new GateSpec.Latency("cold-p99", Duration.ofMillis(500), "target", Severity.WARN),
                new GateSpec.Latency("p99", Duration.ofSeconds(2), "here", Severity.BLOCK)));

    assertThat(report.verdicts().subList(0, 2)).hasOnlyElementsOfType(Verdict.Accepted.class);
    assertThat(report.verdicts().get(2).sentence()).contains("on the serving runtime");
    assertThat(meter.asked).as("one measurement for all gates").hasValue(1);
    assertThat(meter.bodies).hasSize(1000);
    assertThat(new String(meter.bodies.getFirst(), StandardCharsets.UTF_8))
        .startsWith("{\"instances\":[{")
        .contains("\"age\":", "\"city\":\"");
    assertThat(report.metrics())
        .filteredOn(metric -> metric.name().startsWith("target-"))
        .extracting(Metric::name, Metric::value)
        .containsExactly(
            tuple("target-cold-p50-ms", 300.0),
            tuple("target-cold-p99-ms", 400.0),
            tuple("target-warm-p50-ms", 1.0),
            tuple("target-warm-p99-ms", 2.0),
            tuple("target-memory-mb", 141.3));
  }

  @Test
  void evaluate_whereTheTargetCannotBeMeasured_isRejectedWithWhatToDo() throws Exception {
    target = HandMadeMeter.LAMBDA;
    meter.problem = "docker: no engine answers; start Docker";
    GateReport report =
        gates.evaluate(
            request(
                null,
                new GateSpec.Latency("p99", Duration.ofSeconds(9), "target", Severity.BLOCK)));

    assertThat(report.passed()).isFalse();
    assertThat(report.verdicts().getFirst().sentence())
        .isEqualTo("The target cannot be measured: docker: no engine answers; start Docker.");
    assertThat(report.metrics()).noneMatch(metric -> metric.name().startsWith("target-"));
  }

  @Test
  void evaluate_forATargetThatRunsWhatRunsHere_measuresHere() throws Exception {
    target = TargetSpec.local(0);

    assertThat(gates.evaluate(request(null, LATENCY)).verdicts().getFirst().sentence())
        .contains("on the serving runtime");
    assertThat(meter.asked).hasValue(0);
  }

  @Test
  void evaluate_twice_givesTheSameReport() throws Exception {
    GateRequest request = request(null, floor(0.7), SLICES);

    assertThat(gates.evaluate(request)).isEqualTo(gates.evaluate(request));
  }

  @Test
  void evaluate_belowTheFloor_isRejectedAndDoesNotPass() throws Exception {
    GateReport report = gates.evaluate(request(null, floor(0.99), SLICES));

    assertThat(report.passed()).isFalse();
    assertThat(report.verdicts().getFirst()).isInstanceOf(Verdict.Rejected.class);
    assertThat(report.verdicts().getLast()).isInstanceOf(Verdict.Accepted.class);
  }

  @Test
  void evaluate_againstItselfAsChampion_isAccepted_againstABetterOneRejected() throws Exception {
    PackageRef same = publish(folder.resolve("package"), "models/credit/versions/1/");
    ModelRef champion = new ModelRef("credit", 1, same.digest());
    assertThat(gates.evaluate(request(champion, NOT_WORSE)).passed()).isTrue();

    // another constant shifts every score: worse log-loss, the same ranks
    model = publish(TestPackages.linear(folder.resolve("shifted"), 2), "runs/credit-2/trials/0/p/");
    GateSpec loss =
        new GateSpec.NonInferiority("non-inferior", "log-loss", 0.005, 0.95, Severity.BLOCK);
    GateReport worse = gates.evaluate(request(champion, loss, NOT_WORSE));

    assertThat(worse.verdicts().getFirst()).isInstanceOf(Verdict.Rejected.class);
    assertThat(worse.verdicts().getFirst().sentence()).contains("champion credit@1 has");
    assertThat(worse.verdicts().getLast()).isInstanceOf(Verdict.Accepted.class);
  }

  @Test
  void evaluate_againstAChampionOfOtherColumns_isRejectedWithTheReason() throws Exception {
    PackageRef other =
        publish(TestPackages.mlp(folder.resolve("mlp"), 3, 1), "models/credit/versions/2/");

    GateReport report =
        gates.evaluate(request(new ModelRef("credit", 2, other.digest()), NOT_WORSE));

    assertThat(report.passed()).isFalse();
    assertThat(report.verdicts().getFirst().sentence()).contains("the dataset has no column x0");
  }

  @Test
  void evaluate_ofAPackageThatDoesNotFitTheDataset_isADefect() throws Exception {
    model = publish(TestPackages.regression(folder.resolve("price")), "runs/credit-3/trials/0/p/");

    assertThatThrownBy(() -> gates.evaluate(request(null, floor(0.5))))
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.INVARIANT_BROKEN))
        .satisfies(e -> assertThat(Failures.sentence(e)).contains("its task is regression"));
  }

  @Test
  void evaluate_sliceByAColumnThatIsNotThere_isRejected() throws Exception {
    GateSpec slice =
        new GateSpec.WorstSlice(
            new GateSpec.Slice(List.of("sex")), "roc-auc", 0.6, 100, Severity.WARN);

    GateReport report = gates.evaluate(request(null, slice));

    assertThat(report.verdicts().getFirst()).isInstanceOf(Verdict.Rejected.class);
    assertThat(report.verdicts().getFirst().sentence()).contains("slice: sex");
    assertThat(report.passed()).as("it only warns").isTrue();
  }

  @Test
  void answers_areWhatTheRuntimePredicts() {
    DatasetScorer scorer = new DatasetScorer(store, folder.resolve("scratch"));

    double[] answers = scorer.answers(folder.resolve("package"), dataset, "test");

    Table rows =
        new Datasets(store, folder.resolve("scratch"))
            .read(dataset, "test", List.of("age", "income", "city"));
    assertThat(answers).hasSize(rows.rows());
    for (int i = 0; i < 50; i++) {
      double income = rows.numbers("income")[i];
      assertThat(answers[i])
          .isCloseTo(
              TestPackages.expected(
                  rows.numbers("age")[i],
                  Double.isNaN(income) ? null : income,
                  rows.categories("city")[i],
                  0),
              org.assertj.core.api.Assertions.within(1e-5));
    }
    assertThat(scorer.rows(dataset, "test", Set.of("age")).names()).containsExactly("age");
  }
}
