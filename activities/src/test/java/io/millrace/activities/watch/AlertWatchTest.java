package io.millrace.activities.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.activities.store.FileStore;
import io.millrace.activities.store.ObjectStore;
import io.millrace.activities.watch.alert.AlertLog;
import io.millrace.activities.watch.alert.AlertState;
import io.millrace.activities.watch.alert.AlertState.Level;
import io.millrace.inference.profile.Profile;
import io.millrace.workflows.port.alert.AlertActivities.JudgeRequest;
import io.millrace.workflows.port.alert.AlertActivities.Judged;
import io.millrace.workflows.port.alert.AlertActivities.Notice;
import io.millrace.workflows.port.alert.AlertActivities.SchedulesRequest;
import io.millrace.workflows.port.alert.AlertActivities.ToldRequest;
import io.millrace.workflows.port.deploy.DeployActivities.LatencyCounts;
import io.millrace.workflows.port.deploy.DeployActivities.ShiftRequest;
import io.millrace.workflows.port.deploy.DeployActivities.VersionTraffic;
import io.millrace.workflows.port.deploy.FakeDeploy;
import io.millrace.workflows.port.schedule.ScheduleActivities.Lapse;
import io.millrace.workflows.port.schedule.ScheduleActivities.LapseKind;
import io.millrace.workflows.port.schedule.ScheduleActivities.Review;
import io.millrace.workflows.port.schedule.ScheduleActivities.ScheduleCounts;
import io.millrace.workflows.port.watch.WatchActivities.DriftRequest;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AlertWatchTest {
  private static final CarLoan TRAFFIC = CarLoan.analysis();
  private static final Profile REFERENCE = Profiles.of(CarLoan.reference(), 0, 50_000);
  private static final String SPEC =
      """
      watch:
        schedule: {every: 1h, jitter: 0s, catch-up: 1h}
        window: {last: 5000s, min-rows: 1000}
        notify: [log]
      """;
  private static final String OBJECTIVES =
      SPEC
          + """
            slo: {p95: 20ms, p99: 50ms, errors: 1%, throughput: 0.5 rps, freshness: 1h,
                  cost-per-1000: 0.01 USD, hourly-cost: 0.036 USD}
            alerts: {slo: {after: 1 of 1, severity: error}}
          """;

  @TempDir Path dir;
  private final FakeDeploy deploy = new FakeDeploy();
  private ObjectStore store;
  private WatchedStore watched;

  @BeforeEach
  void open() {
    store = new FileStore(dir.resolve("store"));
    watched = new WatchedStore(store, TRAFFIC);
  }

  @Test
  void judge_ofDrift_opensOneAlertAndTellsItsEnd() throws IOException {
    watched.version(1, SPEC, REFERENCE);
    watched.log(1, "a", 20_000, 25_000);
    assertThat(judge("quiet", at(25_000), null).notices()).isEmpty();

    watched.log(1, "a", 25_000, 30_000);
    Judged first = judge("one", at(30_000), null);
    assertThat(first.open()).isEqualTo(1);
    Notice opened = first.notices().getFirst();
    assertThat(first.notices()).hasSize(1);
    assertThat(opened.rule()).isEqualTo("drift");
    assertThat(opened.subject()).isEqualTo("version 1");
    assertThat(opened.severity()).isEqualTo("warning");
    assertThat(opened.sentence()).contains("4 of 7 columns drifted");
    assertThat(opened.receivers()).hasSize(1);
    assertThat(judge("one", at(30_000), null).notices()).as("a repeat").containsExactly(opened);

    watch(1).told(new ToldRequest(WatchedStore.MODEL, List.of(opened.key())));
    watched.log(1, "a", 30_000, 35_000);
    assertThat(judge("two", at(35_000), null).notices()).as("open already").isEmpty();

    watched.log(1, "a", 0, 5_000, 40_000);
    Notice over = judge("three", at(45_000), null).notices().getFirst();
    assertThat(over.recovered()).isTrue();
    assertThat(over.alert()).isEqualTo(opened.alert());
    assertThat(over.severity()).isEqualTo("info");
  }

  @Test
  void judge_ofManyWindows_tellsOfThoseThatDrifted() throws IOException {
    watched.version(1, SPEC.replace("last: 5000s, min-rows: 1000", "rows: 5000"), REFERENCE);
    for (int from = 15_000; from < 30_000; from += 5_000) {
      watched.log(1, "a", from, from + 5_000);
    }

    Judged judged = judge("all", at(30_000), null);

    assertThat(judged.notices())
        .singleElement()
        .satisfies(
            notice -> assertThat(notice.sentence()).startsWith("Rows 10,001–15,000: 4 of 7"));
  }

  @Test
  void judge_ofSilence_alertsAsNoDataAndRecovers() throws IOException {
    watched.version(1, SPEC, REFERENCE);
    watched.log(1, "a", 0, 5_000);
    assertThat(judge("one", at(5_000), null).notices()).isEmpty();

    Judged silent = judge("two", at(11_000), null);
    assertThat(silent.notices()).extracting(Notice::rule).containsExactly("no-data");
    assertThat(silent.notices().getFirst().sentence())
        .isEqualTo("no prediction since 2026-03-01T13:23:19Z");
    watch(1).told(new ToldRequest(WatchedStore.MODEL, List.of(silent.notices().getFirst().key())));

    watched.log(1, "a", 5_000, 10_000, 10_000);
    assertThat(judge("three", at(20_000), null).notices())
        .singleElement()
        .satisfies(notice -> assertThat(notice.recovered()).isTrue());
  }

  @Test
  void judge_ofANewChampion_endsTheAlertsOfTheOneBefore() throws IOException {
    watched.version(1, SPEC, REFERENCE);
    watched.log(1, "a", 25_000, 30_000);
    judge("one", at(30_000), null);
    watched.version(2, SPEC, Profiles.of(TRAFFIC, 25_000, 50_000));
    watched.log(2, "a", 30_000, 35_000);

    Judged after = judge("two", at(35_000), null);

    assertThat(after.open()).isZero();
    assertThat(after.notices())
        .singleElement()
        .satisfies(notice -> assertThat(notice.sentence()).isEqualTo("version 2 serves now"));
  }

  @Test
  void judge_ofChecksThatFail_alertsAtTheSecond() throws IOException {
    watched.version(1, SPEC, REFERENCE);
    assertThat(judge("one", at(1), "store: down").notices()).isEmpty();

    assertThat(judge("two", at(2), "store: down").notices())
        .singleElement()
        .satisfies(
            notice -> {
              assertThat(notice.rule()).isEqualTo("check");
              assertThat(notice.severity()).isEqualTo("error");
            });
  }

  @Test
  void judge_whileMuted_tellsNobodyUntilTheMuteEnds() throws IOException {
    watched.version(1, SPEC, REFERENCE);
    watched.log(1, "a", 25_000, 30_000);
    new AlertLog(store, WatchedStore.MODEL).mute(null, at(0), at(40_000), "ann", "a move", at(0));

    Judged muted = judge("one", at(30_000), null);
    assertThat(muted.open()).isEqualTo(1);
    assertThat(muted.notices()).isEmpty();

    watched.log(1, "a", 30_000, 35_000, 6_000);
    assertThat(judge("two", at(41_000), null).notices())
        .singleElement()
        .satisfies(notice -> assertThat(notice.since()).isEqualTo(at(30_000)));
  }

  @Test
  void judge_inAMuteOfTheSpec_tellsWhatIsStillOpenWhenItEnds() throws IOException {
    // the log begins on a Sunday at 12:00 UTC, which is 13:00 in Berlin
    String muted = SPEC + "  mutes: [{days: [sun], to: 22:00, zone: Europe/Berlin}]\n";
    watched.version(1, muted, REFERENCE);
    watched.log(1, "a", 25_000, 30_000);
    Judged first = judge("one", at(30_000), null);
    assertThat(first.open()).isEqualTo(1);
    assertThat(first.notices()).as("20:20 on Sunday").isEmpty();
    assertThat(new AlertLog(store, WatchedStore.MODEL).head().recurring()).hasSize(1);

    watched.log(1, "a", 30_000, 35_000, 1_000);
    assertThat(judge("two", at(36_000), null).notices())
        .as("22:00 on Sunday")
        .singleElement()
        .satisfies(notice -> assertThat(notice.since()).isEqualTo(at(30_000)));
  }

  @Test
  void judge_ofWhatCameAndWentInAMute_tellsNobody() throws IOException {
    String muted = SPEC + "  mutes: [{days: [sun], to: 22:00, zone: Europe/Berlin}]\n";
    watched.version(1, muted, REFERENCE);
    watched.log(1, "a", 25_000, 30_000);
    judge("one", at(30_000), null);

    watched.log(1, "a", 0, 5_000, 31_500);
    Judged after = judge("two", at(36_500), null);

    assertThat(after.open()).isZero();
    assertThat(after.notices()).isEmpty();
    assertThat(new AlertLog(store, WatchedStore.MODEL).head().over()).hasSize(1);
  }

  @Test
  void judge_ofObjectives_measuresAChallengerAndAShadow() throws IOException {
    watched.version(1, OBJECTIVES, REFERENCE);
    watched.log(1, "a", 0, 5_000);
    // half a prediction a second, for the last 2,000 seconds
    watched.log(2, "b", 4_000, 5_000);
    watched.log(3, "c", 3_000, 5_000);
    shadow(3);
    deploy.shift(
        new ShiftRequest(WatchedStore.MODEL, Map.of(1, 0.8, 2, 0.2, 3, 0.0), "key", "a test"));

    judge("one", at(5_000), null);

    AlertState state = new AlertLog(store, WatchedStore.MODEL).head();
    assertThat(state.levels())
        .filteredOn(level -> level.slo().equals("throughput"))
        .extracting(Level::version, Level::target, Level::met)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple(1, 0.4, true),
            org.assertj.core.groups.Tuple.tuple(2, 0.1, true),
            org.assertj.core.groups.Tuple.tuple(3, 0.0, null));
    assertThat(state.levels())
        .filteredOn(level -> level.slo().equals("freshness"))
        .extracting(Level::version, Level::met)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple(1, true),
            org.assertj.core.groups.Tuple.tuple(2, true),
            org.assertj.core.groups.Tuple.tuple(3, true));
    // 8,000 rows share what 5,000 seconds cost
    assertThat(state.levels())
        .filteredOn(level -> level.slo().equals("cost-per-1000"))
        .hasSize(3)
        .allSatisfy(
            level ->
                assertThat(Objects.requireNonNull(level.value()))
                    .isCloseTo(0.036 * 4_999 / 3_600 / 8_000 * 1_000, within(1e-4)));
  }

  @Test
  void judge_ofALabelsObjective_countsThoseOfAChallenger() throws IOException {
    String labels =
        SPEC
            + """
              labels: {metric: accuracy}
              slo: {labels: 80%}
              alerts: {slo: {after: 1 of 1}}
            """;
    watched.version(1, labels, REFERENCE);
    watched.log(1, "a", 0, 5_000);
    watched.log(2, "b", 5_000, 6_000);
    StringBuilder csv = new StringBuilder("id,repaid\n");
    TRAFFIC.texts("id", 1_000, 5_500).forEach(id -> csv.append(id).append(",1\n"));
    java.nio.file.Path file = java.nio.file.Files.writeString(dir.resolve("labels.csv"), csv);
    new Labels(store, InstantSource.fixed(at(0))).add(WatchedStore.MODEL, file);
    serve(Map.of(1, 0.8, 2, 0.2));

    Judged judged = judge("one", at(6_000), null);

    assertThat(new AlertLog(store, WatchedStore.MODEL).head().levels())
        .extracting(Level::version, Level::value, Level::met)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple(1, 0.8, true),
            org.assertj.core.groups.Tuple.tuple(2, 0.5, false));
    assertThat(judged.notices()).extracting(Notice::subject).containsExactly("labels of version 2");
  }

  @Test
  void judge_tellsTheChecksPageWhatIsOpenMutedAndKept() throws IOException {
    watched.version(1, OBJECTIVES, REFERENCE);
    watched.log(1, "a", 25_000, 30_000);
    new AlertLog(store, WatchedStore.MODEL)
        .mute("drift", at(0), at(40_000), "ann", "a campaign", at(0));

    judge("one", at(30_000), null);

    String key = page("one");
    assertThat(text(key))
        .contains("<h2>Alerts and objectives</h2>")
        .contains("One alert is open.")
        .contains("Drift of version 1, open since 2026-03-01 20:20:00 UTC:")
        .contains("Muted until 2026-03-01 23:06:40 UTC.")
        .contains("Alerts of drift are muted from")
        .contains("by ann: a campaign.")
        .contains("3 of 3 objectives are kept.")
        .contains("Freshness of version 1: 0 min, at most 60 min");
    com.fasterxml.jackson.databind.JsonNode alerts =
        io.millrace.workflows.wire.PayloadJson.mapper()
            .readTree(text(key.replace(".html", ".json")))
            .path("alerts");
    assertThat(alerts.at("/open/0/mutedUntil").asText()).isEqualTo("2026-03-01T23:06:40Z");
    assertThat(alerts.at("/levels")).hasSize(3);

    watched.log(1, "a", 0, 5_000, 40_000);
    judge("two", at(45_000), null);
    assertThat(text(page("two")))
        .contains("No alert is open, 1 recovered.")
        .contains("until 2026-03-02 00:30:00 UTC")
        .contains("Nobody was told that it opened.");
    assertThat(text(key)).as("of its own moment").contains("One alert is open.");

    judge("failed", at(46_000), "store: down");
    judge("failed again", at(47_000), "store: down");
    assertThat(text(page("two")))
        .as("a check without a page")
        .contains("Check, open since")
        .contains("Throughput of version 1");
  }

  private String page(String key) {
    DriftLog log = new DriftLog(store, WatchedStore.MODEL);
    return Objects.requireNonNull(log.find(key, log.head().seq()).orElseThrow().reportKey());
  }

  private String text(String key) {
    return new String(store.get(key).orElseThrow(), java.nio.charset.StandardCharsets.UTF_8);
  }

  /** Moves a version's log to where answers lie that nobody saw. */
  private void shadow(int version) {
    for (String key : store.list("predictions/" + WatchedStore.MODEL + "/" + version + "/")) {
      store.put(key.replaceFirst("predictions", "shadow"), store.get(key).orElseThrow());
      store.delete(key);
    }
  }

  @Test
  void judge_ofObjectives_measuresEachVersionThatServes() throws IOException {
    watched.version(1, OBJECTIVES, REFERENCE);
    watched.log(1, "a", 0, 5_000);
    serve(Map.of(1, 0.9, 2, 0.1));
    deploy.traffic(
        version ->
            version == 1
                // 99 of 100 requests below 8 ms, one of 66 ms
                ? new VersionTraffic(1, 100, 0, 5.0, 9.0, null, counts(99, 1), null)
                : new VersionTraffic(2, 200, 4, 5.0, 5.0, null, counts(200, 0), null));

    Judged judged = judge("one", at(5_000), null);

    AlertState state = new AlertLog(store, WatchedStore.MODEL).head();
    assertThat(state.levels())
        .extracting(Level::slo, Level::version, Level::met)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("p95", 1, true),
            org.assertj.core.groups.Tuple.tuple("p99", 1, true),
            org.assertj.core.groups.Tuple.tuple("errors", 1, true),
            org.assertj.core.groups.Tuple.tuple("p95", 2, true),
            org.assertj.core.groups.Tuple.tuple("p99", 2, true),
            org.assertj.core.groups.Tuple.tuple("errors", 2, false),
            org.assertj.core.groups.Tuple.tuple("throughput", 1, true),
            org.assertj.core.groups.Tuple.tuple("cost-per-1000", 1, true),
            org.assertj.core.groups.Tuple.tuple("freshness", 1, true));
    assertThat(level(state, "throughput")).isCloseTo(1, within(1e-9));
    assertThat(level(state, "cost-per-1000")).isCloseTo(0.036 / 3_600 * 1_000, within(1e-12));
    assertThat(judged.notices())
        .singleElement()
        .satisfies(
            notice -> {
              assertThat(notice.subject()).isEqualTo("errors of version 2");
              assertThat(notice.severity()).isEqualTo("error");
              assertThat(notice.sentence())
                  .isEqualTo("errors of version 2: 2.000 % of 200 requests, at most 1.000 %");
            });
  }

  @Test
  void judge_ofObjectivesThatCannotBeMeasured_callsThemNotKept() throws IOException {
    watched.version(1, OBJECTIVES, REFERENCE);
    serve(Map.of(1, 1.0));
    deploy.breakDown(
        "observe", io.millrace.workflows.failure.FailureType.ENDPOINT_UNAVAILABLE, "it is down");

    Judged judged = judge("one", at(5_000), null);

    assertThat(judged.notices())
        .extracting(Notice::subject)
        .contains("p99 of version 1", "errors of version 1", "freshness of version 1");
    assertThat(judged.notices())
        .filteredOn(notice -> notice.subject().startsWith("p99"))
        .singleElement()
        .satisfies(notice -> assertThat(notice.sentence()).contains("could not be measured"));
  }

  @Test
  void judge_ofAPastCheck_doesNotMeasureWhatIsServedNow() throws IOException {
    watched.version(1, OBJECTIVES, REFERENCE);
    watched.log(1, "a", 0, 5_000);

    serve(Map.of(1, 1.0));
    new DriftWatch(store, null, InstantSource.fixed(at(100_000)))
        .check(new DriftRequest(WatchedStore.MODEL, at(5_000), "one"));

    watch(100_000).judge(new JudgeRequest(WatchedStore.MODEL, at(5_000), "one", null));

    assertThat(new AlertLog(store, WatchedStore.MODEL).head().levels())
        .extracting(Level::slo)
        .containsExactly("throughput", "cost-per-1000", "freshness");
    assertThat(deploy.calls("observe")).isEmpty();
  }

  @Test
  void judge_whenRowsAreACause_countsThemOnce() throws IOException {
    watched.version(1, SPEC, REFERENCE, "{on: [{rows: 9000}]}");
    watched.log(1, "a", 0, 5_000);
    assertThat(judge("one", at(5_000), null).rows()).isEqualTo(5_000);
    watched.log(1, "a", 5_000, 10_000);
    watched.log(1, "b", 10_000, 11_000);
    assertThat(judge("two", at(20_000), null).rows()).isEqualTo(11_000);
    assertThat(judge("two", at(20_000), null).rows()).isEqualTo(11_000);
    assertThat(judge("three", at(20_001), null).rows()).isEqualTo(11_000);
  }

  @Test
  void judgeSchedules_ofChecksThatDoNotHappen_alertsAndRecovers() throws IOException {
    watched.version(1, SPEC, REFERENCE);
    AlertWatch watch = watch(1);
    assertThat(schedules(watch, "a", null, 5, 2).notices()).as("the first look").isEmpty();
    assertThat(schedules(watch, "b", null, 5, 2).notices()).isEmpty();

    Judged missed = schedules(watch, "c", null, 7, 3);
    assertThat(missed.notices())
        .singleElement()
        .satisfies(
            notice ->
                assertThat(notice.sentence())
                    .isEqualTo(
                        "2 checks were missed for good, 1 checks were skipped because the one"
                            + " before still ran"));
    watch.told(new ToldRequest(WatchedStore.MODEL, List.of(missed.notices().getFirst().key())));
    Lapse late = new Lapse(WatchedStore.MODEL, null, LapseKind.LATE, "started nothing");
    assertThat(schedules(watch, "d", late, 7, 3).notices()).as("open already").isEmpty();
    assertThat(schedules(watch, "e", null, 7, 3).notices())
        .singleElement()
        .satisfies(notice -> assertThat(notice.recovered()).isTrue());
  }

  private static Judged schedules(
      AlertWatch watch, String key, @Nullable Lapse lapse, long missed, long skipped) {
    return watch.judgeSchedules(
        new SchedulesRequest(
            at(key.charAt(0)),
            key,
            new Review(
                true,
                1,
                lapse == null ? List.of() : List.of(lapse),
                List.of(new ScheduleCounts(WatchedStore.MODEL, missed, skipped)))));
  }

  private static LatencyCounts counts(long fast, long slow) {
    // 8 ms is bucket 8 * log2(8000) = 103, 66 ms is 128
    return new LatencyCounts(
        100,
        java.util.stream.IntStream.range(0, 29)
            .mapToObj(i -> i == 0 ? fast : i == 28 ? slow : 0L)
            .toList());
  }

  private static double level(AlertState state, String slo) {
    return Objects.requireNonNull(
        state.levels().stream()
            .filter(level -> level.slo().equals(slo))
            .findFirst()
            .orElseThrow()
            .value());
  }

  private static Instant at(long seconds) {
    return WatchedStore.START.plusSeconds(seconds);
  }

  private AlertWatch watch(long seconds) {
    return new AlertWatch(store, deploy, InstantSource.fixed(at(seconds)));
  }

  private void serve(Map<Integer, Double> weights) {
    deploy.shift(new ShiftRequest(WatchedStore.MODEL, weights, "key", "a test"));
  }

  /** Checks, unless the check is to have failed, and judges. */
  private Judged judge(String key, Instant at, @Nullable String failure) {
    InstantSource clock = InstantSource.fixed(at);
    if (failure == null) {
      new DriftWatch(store, null, clock).check(new DriftRequest(WatchedStore.MODEL, at, key));
    }
    return new AlertWatch(store, deploy, clock)
        .judge(new JudgeRequest(WatchedStore.MODEL, at, key, failure));
  }
}
