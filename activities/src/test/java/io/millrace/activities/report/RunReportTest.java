package io.millrace.activities.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.activities.journal.Journal;
import io.millrace.activities.spec.SpecFiles;
import io.millrace.activities.store.FileStore;
import io.millrace.activities.train.Trial;
import io.millrace.activities.train.TrialRequests;
import io.millrace.activities.trials.AttemptLog;
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
import io.millrace.workflows.port.report.ReportActivities.TrialKey;
import io.millrace.workflows.port.spec.SpecActivities.SpecRequest;
import io.millrace.workflows.port.train.TrainActivities.TrialRequest;
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
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunReportTest {
  private static final RunRef RUN = new RunRef("credit-default-3", "credit-default", null);
  private static final Instant START = Instant.parse("2026-01-02T03:04:05Z");
  private static final ModelRef VERSION = new ModelRef("credit-default", 3, "b".repeat(64));
  private static final String RUN_TRIALS = "runs/credit-default-3/trials/";
  @TempDir Path folder;
  private FileStore store;
  private Spec spec;

  @BeforeEach
  void open() {
    store = new FileStore(folder);
    String example =
        Path.of(System.getenv("MILLRACE_ROOT"), "infra/examples/credit/pipeline.yaml").toString();
    spec = new SpecFiles(store).resolve(new SpecRequest(RUN, null, example)).spec();
    curve("runs/credit-default-3/trials/0/package-a/", 0.71, 0.765, 14);
    curve("runs/credit-default-3/trials/1/package-b/", 0.73, 0.778, 19);
  }

  private void curve(String prefix, double from, double to, int epochs) {
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

  private static byte[] json(Object value) {
    try {
      return PayloadJson.mapper().writeValueAsBytes(value);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static TrialResult trial(int trial, String family, String digest, double auc) {
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

  private static GateReport gates(boolean passed) {
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

  private static IngestResult ingest() {
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

  private ReportRequest request(
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

  private static List<TrialResult> trials() {
    return List.of(trial(0, "linear", "a", 0.7658), trial(1, "mlp", "b", 0.7779));
  }

  private ReportRequest whole() {
    return request(
        ingest(),
        trials(),
        gates(true),
        VERSION,
        "http://127.0.0.1:43117",
        "credit-default@3 serves all traffic at its endpoint.");
  }

  private String page(ReportRequest request) {
    Report report = new RunReport(store).write(request);
    assertThat(report.htmlKey()).isEqualTo("runs/credit-default-3/report.html");
    assertThat(Path.of(report.location())).isRegularFile();
    return new String(store.get(report.htmlKey()).orElseThrow(), StandardCharsets.UTF_8);
  }

  @Test
  void write_ofAWholeRun_saysTheOutcomeFirstAndShowsEveryPart() {
    String page = page(whole());

    assertThat(page.indexOf("<h1>credit-default@3 serves all traffic"))
        .isPositive()
        .isLessThan(page.indexOf("<h2>"));
    assertThat(page)
        .contains("infra/millrace rollback credit-default")
        .contains("href=\"http://127.0.0.1:43117\"")
        .contains("mlp won with roc-auc 0.7779")
        .contains("<polyline")
        .contains("AGE in 18..110", "35 rows (0.12 %)")
        .contains("The worst of 7 slices is EDUCATION = 3")
        .contains("41.8 s", "1 min 03 s")
        .contains("prefers-color-scheme:dark", "name=\"viewport\"");
  }

  @Test
  void write_loadsNothingFromElsewhere_andEscapesEverything() {
    String page = page(whole());

    assertThat(page)
        .contains("comment &lt;script&gt;")
        .doesNotContain("<script", "<link", "@import", "url(", "src=");
  }

  @Test
  void write_again_givesTheSameBytes() {
    assertThat(page(whole())).isEqualTo(page(whole()));
  }

  @Test
  void write_ofARejectedRun_saysSo_andOffersNoRollback() {
    String page =
        page(
            request(
                ingest(),
                trials(),
                gates(false),
                null,
                null,
                "Rejected: roc-auc is 0.7751, the floor 0.78 does not hold."));

    assertThat(page)
        .contains("<span class=\"pill bad\">rejected</span>", "nothing was registered")
        .doesNotContain("infra/millrace rollback");
  }

  @Test
  void write_ofARunThatEndedEarly_showsWhatThereIs() throws IOException {
    ReportRequest early =
        new ReportRequest(
            RUN,
            spec,
            Trigger.manual(),
            null,
            List.of(),
            null,
            null,
            null,
            null,
            List.of(),
            "Failed: DATA_UNREADABLE <b>data.csv</b>",
            null,
            null);

    assertThat(page(early))
        .contains("DATA_UNREADABLE &lt;b&gt;data.csv")
        .doesNotContain("<h2>Trials");
    JsonNode json =
        PayloadJson.mapper().readTree(store.get("runs/credit-default-3/report.json").orElseThrow());
    assertThat(json.path("outcome").asText()).startsWith("Failed");
    assertThat(json.has("passed")).isFalse();
  }

  @Test
  void write_keepsTheSameInJson() throws IOException {
    page(whole());

    JsonNode json =
        PayloadJson.mapper().readTree(store.get("runs/credit-default-3/report.json").orElseThrow());
    assertThat(json.path("passed").asBoolean()).isTrue();
    assertThat(json.path("curves").path("1").path("objective")).hasSize(19);
    assertThat(json.path("gates").path("verdicts").get(2).path("kind").asText())
        .isEqualTo("rejected");
    assertThat(json.path("version").path("version").asInt()).isEqualTo(3);
  }

  @Test
  void write_withACurveThatCannotBeRead_leavesItOut() {
    store.put(
        "runs/credit-default-3/trials/0/package-a/curve.json",
        "{".getBytes(StandardCharsets.UTF_8));

    assertThat(page(whole())).contains("trial 1, mlp").doesNotContain("trial 0, linear");
  }

  /** A search of many trials, some lost, some diverged, as nodes record it. */
  private List<TrialResult> sweep(int trials) {
    List<TrialResult> results = new ArrayList<>();
    Journal journal = new Journal(store);
    for (int i = 0; i < trials; i++) {
      double rate = Math.pow(10, -4 + 3.0 * ((i * 37) % trials) / trials);
      double auc = 0.78 - 0.02 * Math.pow(Math.log10(rate) + 2.4, 2) - (i % 7) * 0.001;
      TrialRequest asked =
          TrialRequests.of(
              RUN,
              i,
              new CandidateSpec(
                  i % 4 == 0 ? "linear" : "mlp",
                  Map.of("learning-rate", rate, "dropout", (i % 11) / 20.0)));
      boolean lost = i % 9 == 3;
      boolean diverges = i % 17 == 5;
      int attempts = lost ? 2 : 1;
      for (int a = 1; a <= attempts; a++) {
        boolean last = a == attempts;
        Journal.Attempt attempt =
            journal.started(
                RUN.runId(),
                new Journal.Attempt(
                    0,
                    "TrainFit",
                    Journal.inputDigest(asked),
                    Instant.now(),
                    a,
                    "node-" + (i + a) % 5,
                    null));
        Journal.during(
            attempt,
            () -> {
              AttemptLog log = AttemptLog.open(store, asked, null);
              log.begun(null);
              for (int epoch = 1; epoch <= 30 && last; epoch++) {
                log.moved(epoch, 256, 0.4 + 0.3 / epoch);
                log.measured(auc - 0.05 / epoch);
              }
              if (diverges && last) {
                log.failed(Trial.diverged("loss", 30, 30));
              }
              return true;
            });
      }
      if (!diverges) {
        String digest = PayloadJson.sha256("package " + i);
        String prefix = RUN_TRIALS + i + "/package-" + digest.substring(0, 12) + "/";
        TrialResult result =
            new TrialResult(
                i,
                asked.candidate().family(),
                new PackageRef(prefix, digest, 50_000),
                List.of(
                    new Metric("roc-auc", auc, null, null, 3000),
                    new Metric("log-loss", 0.43, null, null, 3000)),
                30,
                25,
                3000,
                7361,
                asked.candidate(),
                false);
        curve(prefix, auc - 0.05, auc, 30);
        JsonNode json = PayloadJson.mapper().valueToTree(result);
        journal.record(
            RUN.runId(),
            new Journal.Entry(
                1,
                "TrainFit",
                Journal.inputDigest(asked),
                RUN.runId(),
                START,
                START.plusSeconds(60),
                1,
                "node-1",
                json,
                PayloadJson.digest(json)));
        results.add(result);
      }
    }
    return results;
  }

  @Test
  void write_ofAHundredTrials_isOnePageThatTellsThemApart() throws IOException {
    List<TrialResult> results = sweep(100);
    TrialResult best =
        results.stream()
            .max(java.util.Comparator.comparing(r -> r.validation().getFirst().value()))
            .orElseThrow();
    ModelRef version = new ModelRef("credit-default", 3, best.model().digest());
    ReportRequest request =
        request(ingest(), results, gates(true), version, null, "credit-default@3 is registered.");

    String page = page(request);

    assertThat(page.length()).isLessThan(1_000_000);
    assertThat(page).contains("All trials, the best first", "94 finished", "6 diverged");
    assertThat(page.indexOf("<td>" + best.trial() + " ★</td>"))
        .isPositive()
        .isLessThan(page.indexOf("<td>" + (best.trial() == 0 ? 1 : 0) + "</td>"));
    assertThat(page).contains("roc-auc over what was searched", "learning-rate (log)");
    assertThat(page)
        .contains(
            "1.50 USD",
            "spot 1.20 USD, on demand 0.30 USD, lost to interruptions at most 0.10 USD, saved 2.40"
                + " USD");
    assertThat(page).contains("class=\"faint\"", "– 95 more", "node-4");
    assertThat(page)
        .contains("<span class=\"pill warn\">lost</span>")
        .contains("it was never heard of; node-")
        .contains("<span class=\"pill bad\">diverged</span>")
        .contains("loss: not a finite number in epoch 30");
    JsonNode json =
        PayloadJson.mapper().readTree(store.get("runs/credit-default-3/report.json").orElseThrow());
    assertThat(json.path("sweep")).hasSize(100);
    assertThat(json.path("sweep").path(3).path("attempts")).hasSize(2);
    assertThat(json.path("sweep").path(3).path("interruptions").asInt()).isEqualTo(1);
  }

  @Test
  void write_ofResultsByName_isTheReportOfTheResults() {
    List<TrialResult> results = sweep(20);
    ReportRequest whole = request(ingest(), results, gates(true), VERSION, null, "registered");
    ReportRequest named =
        new ReportRequest(
            whole.run(),
            whole.spec(),
            whole.trigger(),
            whole.ingest(),
            List.of(),
            whole.selection(),
            whole.gates(),
            whole.version(),
            whole.endpointUrl(),
            whole.stages(),
            whole.outcome(),
            whole.costs(),
            results.stream().map(r -> new TrialKey(r.trial(), r.model().digest())).toList());

    assertThat(page(named)).isEqualTo(page(whole)).contains("All trials, the best first");
  }

  @Test
  void write_withARecordThatCannotBeRead_leavesTheRecordsOut() {
    List<TrialResult> results = sweep(6);
    String key =
        store.list(RUN_TRIALS).stream()
            .filter(k -> k.endsWith("/request.json"))
            .findFirst()
            .orElseThrow();
    store.put(key, "{".getBytes(StandardCharsets.UTF_8));

    String page = page(request(ingest(), results, gates(true), VERSION, null, "registered"));

    assertThat(page).contains("trial 1, mlp").doesNotContain("did not go straight through");
  }
}
