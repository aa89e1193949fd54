package io.millrace.activities.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.workflows.pipeline.Trigger;
import io.millrace.workflows.port.report.ReportActivities.ReportRequest;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunReportTest {
  @TempDir Path folder;
  private ReportedRun run;

  @BeforeEach
  void open() {
    run = new ReportedRun(folder);
  }

  @Test
  void write_ofAWholeRun_saysTheOutcomeFirstAndShowsEveryPart() {
    String page = run.page(run.whole());

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
    String page = run.page(run.whole());

    assertThat(page)
        .contains("comment &lt;script&gt;")
        .doesNotContain("<script", "<link", "@import", "url(", "src=");
  }

  @Test
  void write_again_givesTheSameBytes() {
    assertThat(run.page(run.whole())).isEqualTo(run.page(run.whole()));
  }

  @Test
  void write_ofARejectedRun_saysSo_andOffersNoRollback() {
    String page =
        run.page(
            run.request(
                ReportedRun.ingest(),
                ReportedRun.trials(),
                ReportedRun.gates(false),
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
            ReportedRun.RUN,
            run.spec,
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

    assertThat(run.page(early))
        .contains("DATA_UNREADABLE &lt;b&gt;data.csv")
        .doesNotContain("<h2>Trials");
    JsonNode json =
        PayloadJson.mapper()
            .readTree(run.store.get("runs/credit-default-3/report.json").orElseThrow());
    assertThat(json.path("outcome").asText()).startsWith("Failed");
    assertThat(json.has("passed")).isFalse();
  }

  @Test
  void write_keepsTheSameInJson() throws IOException {
    run.page(run.whole());

    JsonNode json =
        PayloadJson.mapper()
            .readTree(run.store.get("runs/credit-default-3/report.json").orElseThrow());
    assertThat(json.path("passed").asBoolean()).isTrue();
    assertThat(json.path("curves").path("1").path("objective")).hasSize(19);
    assertThat(json.path("gates").path("verdicts").get(2).path("kind").asText())
        .isEqualTo("rejected");
    assertThat(json.path("version").path("version").asInt()).isEqualTo(3);
  }

  @Test
  void write_withACurveThatCannotBeRead_leavesItOut() {
    run.store.put(
        "runs/credit-default-3/trials/0/package-a/curve.json",
        "{".getBytes(StandardCharsets.UTF_8));

    assertThat(run.page(run.whole())).contains("trial 1, mlp").doesNotContain("trial 0, linear");
  }
}
