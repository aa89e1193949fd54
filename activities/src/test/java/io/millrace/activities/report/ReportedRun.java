package io.millrace.activities.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.activities.spec.SpecFiles;
import io.millrace.activities.store.FileStore;
import io.millrace.workflows.pipeline.Trigger;
import io.millrace.workflows.pool.Costs;
import io.millrace.workflows.port.data.DataActivities.ExpectationOutcome;
import io.millrace.workflows.port.data.DataActivities.IngestResult;
import io.millrace.workflows.port.data.DataActivities.PrivacyFinding;
import io.millrace.workflows.port.gate.GateActivities.GateReport;
import io.millrace.workflows.port.gate.Verdict;
import io.millrace.workflows.port.report.ReportActivities.Report;
import io.millrace.workflows.port.report.ReportActivities.ReportRequest;
import io.millrace.workflows.port.report.ReportActivities.StageTime;
import io.millrace.workflows.port.spec.SpecActivities.SpecRequest;
import io.millrace.workflows.port.train.TrainActivities.TrialResult;
import io.millrace.workflows.ref.DatasetRef;
import io.millrace.workflows.ref.Metric;
import io.millrace.workflows.ref.ModelRef;
import io.millrace.workflows.ref.PackageRef;
import io.millrace.workflows.ref.RunRef;
import io.millrace.workflows.spec.CandidateSpec;
import io.millrace.workflows.spec.GateSpec.Severity;
import io.millrace.workflows.spec.Spec;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A run that is reported, and its page. */
final class ReportedRun {
  static final RunRef RUN = new RunRef("credit-default-3", "credit-default", null);
  static final Instant START = Instant.parse("2026-01-02T03:04:05Z");
  static final ModelRef VERSION = new ModelRef("credit-default", 3, "b".repeat(64));
  static final String RUN_TRIALS = "runs/credit-default-3/trials/";
  final FileStore store;
  final Spec spec;

  ReportedRun(Path folder) {
    store = new FileStore(folder);
    String example =
        Path.of(System.getenv("MILLRACE_ROOT"), "infra/examples/credit/pipeline.yaml").toString();
    spec = new SpecFiles(store).resolve(new SpecRequest(RUN, null, example)).spec();
    curve("runs/credit-default-3/trials/0/package-a/", 0.71, 0.765, 14);
    curve("runs/credit-default-3/trials/1/package-b/", 0.73, 0.778, 19);
  }

  void curve(String prefix, double from, double to, int epochs) {
    List<Double> objective = new ArrayList<>();
    List<Double> loss = new ArrayList<>();
    for (int i = 0; i < epochs; i++) {
      objective.add(to - (to - from) * Math.exp(-i / 3.0) - (i % 3) * 0.0012);
      loss.add(0.43 + 0.2 * Math.exp(-i / 2.5));
    }
    store.put(
        prefix + "curve.json",
        json(Map.of("metric", "roc-auc", "objective", objective, "loss", loss)));
  }

  static byte[] json(Object value) {
    try {
      return PayloadJson.mapper().writeValueAsBytes(value);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  static TrialResult trial(int trial, String family, String digest, double auc) {
    return new TrialResult(
        trial,
        family,
        new PackageRef(
            "runs/credit-default-3/trials/" + trial + "/package-" + digest + "/",
            digest.repeat(64),
            48_211),
        List.of(
            new Metric("roc-auc", auc, null, null, 3000),
            new Metric("log-loss", 0.4312, null, null, 3000),
            new Metric("accuracy", 0.8193, null, null, 3000),
            new Metric("f1", 0.4711, null, null, 3000)),
        trial == 0 ? 14 : 19,
        trial == 0 ? 13 : 16,
        1560,
        trial == 0 ? 164 : 7_361,
        new CandidateSpec(family, Map.of()),
        false);
  }

  static GateReport gates(boolean passed) {
    Metric auc = new Metric("roc-auc", 0.7751, 0.7631, 0.7868, 6000);
    return new GateReport(
        List.of(
            passed
                ? new Verdict.Accepted(
                    "roc-auc >= 0.76 with 95 % confidence",
                    Severity.BLOCK,
                    auc,
                    0.76,
                    "roc-auc is 0.7751 on 6,000 test rows, at least 0.7631 with 95 % confidence;"
                        + " the floor 0.76 holds.")
                : new Verdict.Rejected(
                    "roc-auc >= 0.78 with 95 % confidence",
                    Severity.BLOCK,
                    auc,
                    0.78,
                    "roc-auc is 0.7751 on 6,000 test rows, at least 0.7631 with 95 % confidence;"
                        + " the floor 0.78 does not hold."),
            new Verdict.Accepted(
                "roc-auc not worse than the champion's by more than 0.005",
                Severity.BLOCK,
                new Metric("roc-auc gain", 0.0013, -0.0019, 0.0046, 6000),
                -0.005,
                "roc-auc is 0.7751, the champion credit-default@2 has 0.7738 on the same 6,000"
                    + " rows: better by +0.0013, at least -0.0019 with 95 % confidence; 0.005 may"
                    + " be lost."),
            new Verdict.Rejected(
                "roc-auc >= 0.7 in the worst slice by AGE:quartiles, EDUCATION",
                Severity.WARN,
                new Metric("roc-auc", 0.6934, 0.661, 0.7251, 947),
                0.7,
                "The worst of 7 slices is EDUCATION = 3 with roc-auc 0.6934 on 947 rows; the floor"
                    + " 0.7 does not hold; 3 with fewer than 200 rows left out."),
            new Verdict.Accepted(
                "latency p99 <= 20 ms",
                Severity.BLOCK,
                new Metric("latency-p99-ms", 0.042, 0.039, 0.051, 5000),
                20.0,
                "p99 of 5,000 single-row predictions on the serving runtime is 0.042 ms; the"
                    + " ceiling 20 ms holds."),
            new Verdict.Rejected(
                "r2 >= 0.1",
                Severity.WARN,
                null,
                0.1,
                "metric: r2 (expected: one of roc-auc, log-loss, accuracy, f1 for binary)")),
        List.of(
            new Metric("roc-auc", 0.7751, 0.761, 0.789, 6000),
            new Metric("log-loss", 0.4298, 0.418, 0.4413, 6000),
            new Metric("accuracy", 0.8204, 0.811, 0.8301, 6000),
            new Metric("f1", 0.4733, null, null, 6000)),
        6000);
  }

  static IngestResult ingest() {
    return new IngestResult(
        new DatasetRef("credit-default", "d".repeat(64), 29_965),
        30_000,
        35,
        0,
        Map.of("train", 20_976L, "validation", 2_996L, "test", 5_993L),
        List.of(
            new ExpectationOutcome("LIMIT_BAL in 1..10000000", "block", 0, "every row holds"),
            new ExpectationOutcome(
                "AGE in 18..110", "drop", 35, "35 rows (0.12 %) outside 18..110"),
            new ExpectationOutcome("rows >= 10000", "block", 0, "30,000 rows")),
        List.of(new PrivacyFinding("comment <script>", "email", 12, "mask")));
  }

  ReportRequest request(
      @Nullable IngestResult ingest,
      List<TrialResult> trials,
      @Nullable GateReport gates,
      @Nullable ModelRef version,
      @Nullable String url,
      String outcome) {
    List<StageTime> stages = new ArrayList<>();
    Instant at = START;
    for (Map.Entry<String, Long> stage :
        List.of(
            Map.entry("ingest", 2_300L),
            Map.entry("train", 41_800L),
            Map.entry("select", 900L),
            Map.entry("gates", 3_100L),
            Map.entry("register", 600L),
            Map.entry("rollout", 15_200L))) {
      Instant to = at.plus(Duration.ofMillis(stage.getValue()));
      stages.add(new StageTime(stage.getKey(), at, to));
      at = to;
    }
    return new ReportRequest(
        RUN,
        spec,
        Trigger.manual(),
        ingest,
        trials,
        trials.isEmpty()
            ? null
            : "mlp won with roc-auc 0.7779 on the validation split, 0.0121 ahead of linear; the"
                + " paired bootstrap says the lead is real.",
        gates,
        version,
        url,
        stages,
        outcome,
        new Costs(1.2, 0.3, 0.1, 2.4, 9, 40, 0, 0),
        null);
  }

  static List<TrialResult> trials() {
    return List.of(trial(0, "linear", "a", 0.7658), trial(1, "mlp", "b", 0.7779));
  }

  ReportRequest whole() {
    return request(
        ingest(),
        trials(),
        gates(true),
        VERSION,
        "http://127.0.0.1:43117",
        "credit-default@3 serves all traffic at its endpoint.");
  }

  String page(ReportRequest request) {
    Report report = new RunReport(store).write(request);
    assertThat(report.htmlKey()).isEqualTo("runs/credit-default-3/report.html");
    assertThat(Path.of(report.location())).isRegularFile();
    return new String(store.get(report.htmlKey()).orElseThrow(), StandardCharsets.UTF_8);
  }
}
