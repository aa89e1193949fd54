package io.millrace.activities.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.activities.audit.HashChainAudit;
import io.millrace.workflows.port.audit.AuditActivities.AuditRecord;
import io.millrace.workflows.port.watch.WatchActivities.DriftReport;
import io.millrace.workflows.port.watch.WatchActivities.State;
import io.millrace.workflows.port.watch.WatchActivities.WindowReport;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class DriftWatchTest extends WatchBed {
  static final String BY_ROWS =
      """
      watch:
        schedule: {every: 20s, jitter: 0s, catch-up: 1h}
        window: {rows: 5000, min-rows: 1000}
        drift: {profile: evidently, columns: all, share: 30%, effect: 0.1, fdr: 0.05}
        labels: {metric: roc-auc, floor: 0.965}
        notify: [log]
      """;
  static final String BY_TIME = BY_ROWS.replace("rows: 5000", "last: 5000s");

  @Test
  void check_ofCarLoansTraffic_driftsAfterRow25000AndNamesExactlyTheColumns() throws IOException {
    watched.version(1, BY_ROWS, REFERENCE);
    for (int row = 0; row < 50_000; row += 2_500) {
      watched.log(1, "a", row, row + 2_500);
    }
    DriftReport report = check("one");
    assertThat(report.state()).isEqualTo(State.DRIFTED);
    assertThat(report.windows()).hasSize(10);
    for (WindowReport window : report.windows()) {
      assertThat(window.rows()).isEqualTo(5_000);
      if (window.firstRow() <= 25_000) {
        assertThat(window.state()).as(window.sentence()).isEqualTo(State.STABLE);
      } else {
        assertThat(window.drifted())
            .containsExactlyInAnyOrder(
                "car_value",
                "loan_length",
                "repaid_loan_on_prev_car",
                "salary_range",
                ColumnDrift.PREDICTION);
      }
    }
    assertThat(report.windows().getLast().sentence())
        .isEqualTo(
            "Rows 45,001–50,000: 4 of 7 columns drifted (car_value, loan_length,"
                + " repaid_loan_on_prev_car, salary_range), and the score did; by share (30 %) the"
                + " dataset drifted.");
    assertThat(PayloadJson.mapper().writeValueAsBytes(report).length).isLessThan(64 * 1024);
    String page = text(Objects.requireNonNull(report.reportKey()));
    assertThat(page)
        .contains("What car-loan sees has drifted")
        .contains("<svg")
        .doesNotContain("<script");
    Files.createDirectories(Path.of("target"));
    Files.writeString(Path.of("target/drift.html"), page);
  }

  @Test
  void check_again_looksOnlyAtWhatIsNew() throws IOException {
    watched.version(1, BY_ROWS, REFERENCE);
    watched.log(1, "a", 0, 4_000);
    assertThat(check("one").state()).isEqualTo(State.NO_DATA);
    watched.log(1, "b", 4_000, 7_000);
    DriftReport second = check("two");
    assertThat(second.windows()).hasSize(1);
    assertThat(second.windows().getFirst().rows()).isEqualTo(7_000);
    assertThat(check("three").windows()).isEmpty();
    watched.log(1, "a", 7_000, 12_000);
    assertThat(check("four").windows().getFirst().firstRow()).isEqualTo(7_001);
  }

  @Test
  void check_withTheSameKey_answersTheSameReport() throws IOException {
    watched.version(1, BY_ROWS, REFERENCE);
    watched.log(1, "a", 0, 5_000);
    DriftReport first = check("one");
    watched.log(1, "a", 5_000, 10_000);
    check("two");
    assertThat(check("one")).isEqualTo(first);
    assertThat(store.list("endpoints/car-loan/drift/0")).hasSize(2);
  }

  @Test
  void check_twiceAtOnce_looksAtEachPartOnce() throws Exception {
    watched.version(1, BY_ROWS, REFERENCE);
    for (int row = 0; row < 25_000; row += 5_000) {
      watched.log(1, "a", row, row + 5_000);
    }
    try (ExecutorService pool = Executors.newFixedThreadPool(4)) {
      List<Callable<DriftReport>> checks =
          List.of(() -> check("a"), () -> check("b"), () -> check("c"), () -> check("a"));
      int windows = 0;
      for (Future<DriftReport> done : pool.invokeAll(checks.subList(0, 3))) {
        windows += done.get().windows().size();
      }
      assertThat(windows).isEqualTo(5);
    }
    assertThat(store.list("endpoints/car-loan/drift/0")).hasSize(3);
  }

  @Test
  void check_ofANewChampion_startsFromItsOwnFirstRow() throws IOException {
    watched.version(1, BY_ROWS, REFERENCE);
    watched.log(1, "a", 0, 5_000);
    watched.log(1, "a", 5_000, 9_000);
    check("one");
    watched.version(2, BY_ROWS, REFERENCE);
    watched.log(2, "a", 9_000, 14_000);
    DriftReport second = check("two");
    assertThat(Objects.requireNonNull(second.version()).version()).isEqualTo(2);
    assertThat(second.windows()).hasSize(1);
    assertThat(second.windows().getFirst().firstRow()).isEqualTo(1);
    assertThat(second.windows().getFirst().rows()).isEqualTo(5_000);
    assertThat(check("three").windows()).isEmpty();
  }

  @Test
  void check_ofAWindowByTime_takesThePartsThatEndedInIt() throws IOException {
    watched.version(1, BY_TIME, REFERENCE);
    for (int row = 20_000; row < 35_000; row += 2_500) {
      watched.log(1, "a", row, row + 2_500);
    }
    assertThat(check("one", at(25_000)).state()).isEqualTo(State.STABLE);
    DriftReport drifted = check("two", at(30_000));
    assertThat(drifted.windows()).hasSize(1);
    assertThat(drifted.windows().getFirst().rows()).isEqualTo(5_000);
    assertThat(drifted.windows().getFirst().drifted()).hasSize(5);
    DriftReport empty = check("three", at(90_000));
    assertThat(empty.state()).isEqualTo(State.NO_DATA);
    assertThat(empty.windows().getFirst().sentence())
        .isEqualTo("0 rows in the window, 1,000 needed to judge.");
  }

  @Test
  void check_afterSomethingWasDone_tellsThePageOfTheCheckBefore() throws IOException {
    watched.version(1, BY_ROWS, REFERENCE);
    watched.log(1, "a", 0, 5_000);
    watched.log(1, "a", 25_000, 30_000);
    String page = Objects.requireNonNull(check("one").reportKey());
    assertThat(text(page)).contains("Nothing was done about the model in this time.");
    new HashChainAudit(store)
        .record(
            new AuditRecord(
                "k1",
                WatchedStore.MODEL,
                "retrain",
                "millrace",
                "drift: Rows 1–5,000 and more",
                Map.of("columns", "<b>x</b>", "run", "car-loan-2")));
    new HashChainAudit(store)
        .record(new AuditRecord("k2", "another", "retrain", "millrace", "not ours", Map.of()));
    DriftReport second = check("two", Instant.now().plusSeconds(60), Instant.now().plusSeconds(60));
    assertThat(second.reportKey()).isNull();
    assertThat(text(page))
        .contains("<b>retrain</b>")
        .contains("drift of &lt;b&gt;x&lt;/b&gt;; run car-loan-2")
        .doesNotContain("not ours")
        .doesNotContain("Nothing was done");
    JsonNode json = PayloadJson.mapper().readTree(text(page.replace(".html", ".json")));
    assertThat(json.at("/timeline/windows")).hasSize(2);
    assertThat(json.at("/timeline/windows/1/drifted")).hasSize(5);
    assertThat(json.at("/timeline/events/0/action").asText()).isEqualTo("retrain");
    assertThat(json.at("/windows")).hasSize(2);
  }

  @Test
  void check_withoutAChampion_saysSo() {
    DriftReport report = check("one");
    assertThat(report.state()).isEqualTo(State.NO_MODEL);
    assertThat(report.version()).isNull();
    assertThat(check("one")).isEqualTo(report);
  }

  @Test
  void check_onceLabelsCame_measuresTheWindowsThatWaitedForThem() throws IOException {
    watched.version(1, BY_ROWS, REFERENCE);
    watched.log(1, "a", 0, 5_000);
    watched.log(1, "a", 25_000, 30_000);
    DriftReport before = check("one");
    assertThat(before.windows()).allSatisfy(w -> assertThat(w.realised()).isNull());
    label(turnedOut(0, 30_000), LATER);
    DriftReport after = check("two");
    assertThat(after.state()).isEqualTo(State.STABLE);
    assertThat(after.windows()).hasSize(2);
    double auc = Golden.ALL.at("/car_loan_performance/chunks_of_5000/0/auc").asDouble();
    WindowReport clean = after.windows().getFirst();
    assertThat(Objects.requireNonNull(clean.realised()).value()).isCloseTo(auc, within(1e-6));
    assertThat(clean.labelled()).isEqualTo(5_000);
    assertThat(clean.qualityBroken()).isFalse();
    WindowReport drifted = after.windows().get(1);
    assertThat(Objects.requireNonNull(drifted.realised()).value())
        .isCloseTo(0.9600497824716867, within(1e-6));
    assertThat(drifted.qualityBroken()).isTrue();
    assertThat(drifted.sentence())
        .contains("Labels came for rows 5,001–10,000.")
        .contains("worse than 0.965")
        .contains("labels for 5,000 of 5,000 rows (100 %)");
    assertThat(check("three").windows()).isEmpty();
  }

  @Test
  void check_withLabelsAlreadyThere_measuresAtOnce() throws IOException {
    watched.version(1, BY_ROWS.replace("roc-auc, floor: 0.965", "accuracy"), REFERENCE);
    label(turnedOut(0, 2_500), LATER);
    watched.log(1, "a", 0, 5_000);
    WindowReport window = check("one").windows().getFirst();
    assertThat(window.labelled()).isEqualTo(2_500);
    assertThat(Objects.requireNonNull(window.realised()).value()).isBetween(0.93, 0.95);
    assertThat(window.qualityBroken()).isFalse();
    assertThat(window.sentence()).contains("labels for 2,500 of 5,000 rows (50 %)");
  }
}
