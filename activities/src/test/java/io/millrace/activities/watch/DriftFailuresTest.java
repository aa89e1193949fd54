package io.millrace.activities.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.inference.profile.Profile;
import io.millrace.workflows.port.watch.WatchActivities.ColumnVerdict;
import io.millrace.workflows.port.watch.WatchActivities.DriftReport;
import io.millrace.workflows.port.watch.WatchActivities.Remark;
import io.millrace.workflows.port.watch.WatchActivities.State;
import io.millrace.workflows.port.watch.WatchActivities.WindowReport;
import java.io.IOException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** What goes wrong around a check, and the state that {@code infra/docs/drift.md} promises then. */
class DriftFailuresTest extends WatchBed {
  private static final String BY_ROWS =
      """
      watch:
        schedule: {every: 20s, jitter: 0s, catch-up: 1h}
        window: {rows: 5000, min-rows: 1000}
        drift: {profile: evidently, columns: all, share: 30%, effect: 0.1, fdr: 0.05}
        labels: {metric: roc-auc, floor: 0.965, delay: 10000s}
        notify: [log]
      """;
  private static final String BY_TIME = BY_ROWS.replace("rows: 5000", "last: 5000s");

  @Test
  void labelOutage_inWindowsByRows_isRemarkedAndMendedWhenLabelsCome() throws IOException {
    watched.version(1, BY_ROWS, REFERENCE);
    watched.log(1, "a", 0, 5_000);
    assertThat(check("early", at(14_000)).remarks()).as("not due yet").isEmpty();

    DriftReport outage = check("due", at(15_001));
    assertThat(outage.remarks())
        .singleElement()
        .satisfies(
            remark -> {
              assertThat(remark.kind()).isEqualTo(Remark.LABELS);
              assertThat(remark.sentence())
                  .isEqualTo(
                      "no label has come for 5,000 rows up to 2026-03-01T13:23:19Z, due since"
                          + " 2026-03-01T16:09:59Z: quality is unknown");
            });
    assertThat(outage.windows()).as("and nothing is called broken").isEmpty();
    assertThat(check("still", at(20_000)).remarks()).hasSize(1);

    label(turnedOut(0, 5_000), LATER);
    DriftReport measured = check("late", at(30_000));
    assertThat(measured.remarks()).isEmpty();
    assertThat(measured.windows())
        .singleElement()
        .satisfies(window -> assertThat(window.labelled()).isEqualTo(5_000));
    assertThat(check("after", at(31_000)).windows()).as("measured once").isEmpty();
  }

  @Test
  void labelOutage_inWindowsByTime_isRemarkedAndMeasuredADelayLater() throws IOException {
    watched.version(1, BY_TIME, REFERENCE);
    watched.log(1, "a", 0, 5_000);
    watched.log(1, "a", 10_000, 15_000);

    DriftReport outage = check("due", at(15_000));
    assertThat(outage.remarks()).extracting(Remark::kind).containsExactly(Remark.LABELS);
    assertThat(outage.state()).isEqualTo(State.STABLE);
    assertThat(outage.windows()).allSatisfy(w -> assertThat(w.qualityBroken()).isFalse());

    label(turnedOut(0, 5_000), LATER);
    DriftReport measured = check("late", at(15_001));
    assertThat(measured.remarks()).isEmpty();
    assertThat(measured.windows()).hasSize(2);
    WindowReport matured = measured.windows().getFirst();
    assertThat(matured.labelled()).isEqualTo(5_000);
    assertThat(matured.realised()).isNotNull();
  }

  @Test
  void referenceWithoutAColumn_comparesTheOthersAndSaysSo() throws IOException {
    Set<String> names = new HashSet<>(CarLoan.NUMBERS);
    names.addAll(CarLoan.CATEGORIES);
    names.add(ColumnDrift.PREDICTION);
    names.remove("car_value");
    watched.version(1, BY_ROWS, REFERENCE.only(names));
    watched.log(1, "a", 25_000, 30_000);

    DriftReport report = check("one");

    assertThat(report.state()).isEqualTo(State.DRIFTED);
    WindowReport window = report.windows().getLast();
    assertThat(window.drifted())
        .containsExactlyInAnyOrder(
            "loan_length", "repaid_loan_on_prev_car", "salary_range", ColumnDrift.PREDICTION);
    assertThat(window.sentence()).contains("3 of 6 columns").contains("Without reference: car_v");
    ColumnVerdict alone =
        window.columns().stream()
            .filter(c -> c.column().equals("car_value"))
            .findAny()
            .orElseThrow();
    assertThat(alone.pValue()).isNull();
    assertThat(alone.sentence())
        .isEqualTo("car_value is not compared: the reference has no value of it.");
    assertThat(report.remarks())
        .contains(
            new Remark(
                Remark.REFERENCE, "car_value is not compared: the reference has no value of it"));
  }

  @Test
  void emptyWindow_isNoData_andIsSaidOnceItIsSilence() throws IOException {
    watched.version(1, BY_TIME.replace(", delay: 10000s", ""), REFERENCE);
    watched.log(1, "a", 0, 5_000);
    assertThat(check("one", at(5_000)).state()).isEqualTo(State.STABLE);

    DriftReport silent = check("two", at(11_000));
    assertThat(silent.state()).isEqualTo(State.NO_DATA);
    assertThat(silent.silentSince()).isEqualTo(at(4_999));
    assertThat(silent.reportKey()).isNull();
    DriftReport still = check("three", at(12_000));
    assertThat(still.state()).isEqualTo(State.NO_DATA);
    assertThat(still.silentSince()).isNull();
  }

  @Test
  void clockThatWentBack_losesAndRepeatsNoRow() throws IOException {
    watched.version(1, BY_ROWS, REFERENCE);
    watched.log(1, "a", 0, 5_000, 20_000);
    assertThat(rows(check("one"))).isEqualTo(5_000);

    watched.log(1, "a", 5_000, 10_000, -18_000);
    watched.log(1, "a", 10_000, 15_000, 10_000);
    DriftReport after = check("two");
    assertThat(rows(after)).as("older by the clock, newer by the count").isEqualTo(10_000);
    assertThat(check("three").windows()).isEmpty();
  }

  @Test
  void partThatIsLaterThanTheCheck_waitsAndHoldsBackThoseBehindIt() throws IOException {
    watched.version(1, BY_ROWS, REFERENCE);
    watched.log(1, "a", 0, 5_000, 50_000);
    watched.log(1, "a", 5_000, 10_000);
    watched.log(1, "b", 10_000, 15_000);

    DriftReport early = check("one", at(20_000));
    assertThat(rows(early)).as("only b's").isEqualTo(5_000);
    assertThat(rows(check("two"))).isEqualTo(10_000);
    assertThat(check("three").windows()).isEmpty();
  }

  @Test
  void partFromTheFuture_countsByItsPlaceAndIsRemarked() throws IOException {
    watched.version(1, BY_ROWS, REFERENCE);
    watched.log(1, "a", 0, 5_000, 50_000_000);
    watched.log(1, "a", 5_000, 10_000);

    DriftReport report = check("one", LATER, LATER);
    assertThat(rows(report)).isEqualTo(10_000);
    assertThat(report.remarks()).extracting(Remark::kind).contains(Remark.CLOCK);
    assertThat(report.silentSince()).as("and hides no silence").isEqualTo(at(9_999));
  }

  @Test
  void linesWithoutTheirProfile_waitWhileSomebodyMayWrite_thenAreCounted() throws IOException {
    watched.version(1, BY_ROWS, REFERENCE);
    String part = watched.log(1, "a", 0, 5_000);
    byte[] written = store.get(part + ".profile.json").orElseThrow();
    store.delete(part + ".profile.json");
    assertThat(check("one", LATER, at(3_000)).windows()).isEmpty();

    DriftReport report = check("two", LATER, LATER);
    assertThat(rows(report)).isEqualTo(5_000);
    assertThat(report.remarks())
        .filteredOn(r -> r.kind().equals(Remark.LOG))
        .singleElement()
        .satisfies(r -> assertThat(r.sentence()).contains("counted from its 5,000 rows"));
    assertThat(LogPart.sound(store, part).orElseThrow().profile().toJson())
        .as("equal to what the server writes")
        .isEqualTo(Profile.fromJson(profile(written)).toJson());
    assertThat(check("three", LATER, LATER).windows()).isEmpty();
  }

  @Test
  void linesWithoutTheirProfile_ofAServerThatWroteOn_areCountedInTheirPlace() throws IOException {
    watched.version(1, BY_ROWS, REFERENCE);
    String part = watched.log(1, "a", 0, 2_500);
    watched.log(1, "a", 2_500, 5_000);
    store.delete(part + ".profile.json");

    Instant now = at(5_000);
    assertThat(rows(check("one", now, now))).isEqualTo(5_000);
  }

  @Test
  void halfWrittenHour_isJudgedByWhatIsThereAndNamed() throws IOException {
    watched.version(1, BY_TIME.replace(", delay: 10000s", ""), REFERENCE);
    label(turnedOut(0, 5_000), LATER);
    String cut = watched.log(1, "a", 0, 2_500);
    String broken = watched.log(1, "b", 2_500, 5_000);
    byte[] lines = store.get(cut + ".jsonl.gz").orElseThrow();
    store.put(cut + ".jsonl.gz", Arrays.copyOf(lines, lines.length / 2));
    byte[] profile = store.get(broken + ".profile.json").orElseThrow();
    store.put(broken + ".profile.json", Arrays.copyOf(profile, profile.length / 2));

    DriftReport report = check("one", at(5_000), LATER);

    WindowReport window = report.windows().getFirst();
    assertThat(report.state()).isEqualTo(State.STABLE);
    assertThat(window.rows()).isEqualTo(5_000);
    assertThat(window.labelled()).isBetween(2_600L, 4_900L);
    assertThat(report.remarks())
        .hasSize(2)
        .anySatisfy(r -> assertThat(r.sentence()).contains("a-00000001 is cut short after line"))
        .anySatisfy(r -> assertThat(r.sentence()).contains("b-00000001 had no Profile that could"));
  }

  @Test
  void profileWithoutItsLines_isJudged_andItsLabelsAreNot() throws IOException {
    watched.version(1, BY_TIME.replace(", delay: 10000s", ""), REFERENCE);
    label(turnedOut(0, 5_000), LATER);
    String part = watched.log(1, "a", 0, 5_000);
    store.delete(part + ".jsonl.gz");

    DriftReport report = check("one", at(5_000), LATER);

    assertThat(report.state()).isEqualTo(State.STABLE);
    assertThat(report.windows().getFirst().realised()).isNull();
    assertThat(report.remarks())
        .singleElement()
        .satisfies(r -> assertThat(r.sentence()).endsWith("a-00000001 has no rows"));
  }

  @Test
  void checksAtOnce_ofOneWindow_areOneEntry() throws Exception {
    watched.version(1, BY_TIME, REFERENCE);
    watched.log(1, "a", 0, 5_000);
    Callable<DriftReport> same = () -> check("same", at(5_000));
    try (ExecutorService pool = Executors.newFixedThreadPool(4)) {
      Set<DriftReport> reports = new HashSet<>();
      for (Future<DriftReport> done : pool.invokeAll(Collections.nCopies(4, same))) {
        reports.add(done.get());
      }
      assertThat(reports).hasSize(1);
    }
    assertThat(store.list("endpoints/car-loan/drift/0")).hasSize(1);
  }

  private static long rows(DriftReport report) {
    return report.windows().stream().mapToLong(WindowReport::rows).sum();
  }

  private static byte[] profile(byte[] part) throws IOException {
    return io.millrace.workflows.wire.PayloadJson.mapper()
        .writeValueAsBytes(
            io.millrace.workflows.wire.PayloadJson.mapper().readTree(part).path("profile"));
  }
}
