package io.millrace.activities.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.activities.journal.Journal;
import io.millrace.activities.train.Trial;
import io.millrace.activities.train.TrialRequests;
import io.millrace.activities.trials.AttemptLog;
import io.millrace.workflows.port.report.ReportActivities.ReportRequest;
import io.millrace.workflows.port.report.ReportActivities.TrialKey;
import io.millrace.workflows.port.train.TrainActivities.TrialRequest;
import io.millrace.workflows.port.train.TrainActivities.TrialResult;
import io.millrace.workflows.ref.Metric;
import io.millrace.workflows.ref.ModelRef;
import io.millrace.workflows.ref.PackageRef;
import io.millrace.workflows.spec.CandidateSpec;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The report of a search of many trials. */
class SweepReportTest {
  @TempDir Path folder;
  private ReportedRun run;

  @BeforeEach
  void open() {
    run = new ReportedRun(folder);
  }

  /** A search of many trials, some lost, some diverged, as nodes record it. */
  private List<TrialResult> sweep(int trials) {
    List<TrialResult> results = new ArrayList<>();
    Journal journal = new Journal(run.store);
    for (int i = 0; i < trials; i++) {
      double rate = Math.pow(10, -4 + 3.0 * ((i * 37) % trials) / trials);
      double auc = 0.78 - 0.02 * Math.pow(Math.log10(rate) + 2.4, 2) - (i % 7) * 0.001;
      TrialRequest asked =
          TrialRequests.of(
              ReportedRun.RUN,
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
                ReportedRun.RUN.runId(),
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
              AttemptLog log = AttemptLog.open(run.store, asked, null);
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
        String prefix = ReportedRun.RUN_TRIALS + i + "/package-" + digest.substring(0, 12) + "/";
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
        run.curve(prefix, auc - 0.05, auc, 30);
        JsonNode json = PayloadJson.mapper().valueToTree(result);
        journal.record(
            ReportedRun.RUN.runId(),
            new Journal.Entry(
                1,
                "TrainFit",
                Journal.inputDigest(asked),
                ReportedRun.RUN.runId(),
                ReportedRun.START,
                ReportedRun.START.plusSeconds(60),
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
        run.request(
            ReportedRun.ingest(),
            results,
            ReportedRun.gates(true),
            version,
            null,
            "credit-default@3 is registered.");

    String page = run.page(request);

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
        PayloadJson.mapper()
            .readTree(run.store.get("runs/credit-default-3/report.json").orElseThrow());
    assertThat(json.path("sweep")).hasSize(100);
    assertThat(json.path("sweep").path(3).path("attempts")).hasSize(2);
    assertThat(json.path("sweep").path(3).path("interruptions").asInt()).isEqualTo(1);
  }

  @Test
  void write_ofResultsByName_isTheReportOfTheResults() {
    List<TrialResult> results = sweep(20);
    ReportRequest whole =
        run.request(
            ReportedRun.ingest(),
            results,
            ReportedRun.gates(true),
            ReportedRun.VERSION,
            null,
            "registered");
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

    assertThat(run.page(named)).isEqualTo(run.page(whole)).contains("All trials, the best first");
  }

  @Test
  void write_withARecordThatCannotBeRead_leavesTheRecordsOut() {
    List<TrialResult> results = sweep(6);
    String key =
        run.store.list(ReportedRun.RUN_TRIALS).stream()
            .filter(k -> k.endsWith("/request.json"))
            .findFirst()
            .orElseThrow();
    run.store.put(key, "{".getBytes(StandardCharsets.UTF_8));

    String page =
        run.page(
            run.request(
                ReportedRun.ingest(),
                results,
                ReportedRun.gates(true),
                ReportedRun.VERSION,
                null,
                "registered"));

    assertThat(page).contains("trial 1, mlp").doesNotContain("did not go straight through");
  }
}
