package io.millrace.activities.watch;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.workflows.port.alert.AlertActivities.Judged;
import io.millrace.workflows.port.alert.AlertActivities.Notice;
import io.millrace.workflows.port.alert.AlertActivities.SchedulesRequest;
import io.millrace.workflows.port.alert.AlertActivities.ToldRequest;
import io.millrace.workflows.port.schedule.ScheduleActivities.Lapse;
import io.millrace.workflows.port.schedule.ScheduleActivities.LapseKind;
import io.millrace.workflows.port.schedule.ScheduleActivities.Review;
import io.millrace.workflows.port.schedule.ScheduleActivities.ScheduleCounts;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** When an alert opens, whom it tells, and how it ends. */
class AlertWatchTest extends AlertBed {
  @Test
  void judge_ofDrift_opensOneAlertAndTellsItsEnd() throws IOException {
    watched.version(1, SPEC, REFERENCE);
    watched.log(1, "a", 20_000, 25_000);
    assertThat(judge("quiet", at(25_000)).notices()).isEmpty();

    watched.log(1, "a", 25_000, 30_000);
    Judged first = judge("one", at(30_000));
    assertThat(first.open()).isEqualTo(1);
    Notice opened = first.notices().getFirst();
    assertThat(first.notices()).hasSize(1);
    assertThat(opened.rule()).isEqualTo("drift");
    assertThat(opened.subject()).isEqualTo("version 1");
    assertThat(opened.severity()).isEqualTo("warning");
    assertThat(opened.sentence()).contains("4 of 7 columns drifted");
    assertThat(opened.receivers()).hasSize(1);
    assertThat(judge("one", at(30_000)).notices()).as("a repeat").containsExactly(opened);

    watch(at(1)).told(new ToldRequest(WatchedStore.MODEL, List.of(opened.key())));
    watched.log(1, "a", 30_000, 35_000);
    assertThat(judge("two", at(35_000)).notices()).as("open already").isEmpty();

    watched.log(1, "a", 0, 5_000, 40_000);
    Notice over = judge("three", at(45_000)).notices().getFirst();
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

    Judged judged = judge("all", at(30_000));

    assertThat(judged.notices())
        .singleElement()
        .satisfies(
            notice -> assertThat(notice.sentence()).startsWith("Rows 10,001–15,000: 4 of 7"));
  }

  @Test
  void judge_ofSilence_alertsAsNoDataAndRecovers() throws IOException {
    watched.version(1, SPEC, REFERENCE);
    watched.log(1, "a", 0, 5_000);
    assertThat(judge("one", at(5_000)).notices()).isEmpty();

    Judged silent = judge("two", at(11_000));
    assertThat(silent.notices()).extracting(Notice::rule).containsExactly("no-data");
    assertThat(silent.notices().getFirst().sentence())
        .isEqualTo("no prediction since 2026-03-01T13:23:19Z");
    watch(at(1))
        .told(new ToldRequest(WatchedStore.MODEL, List.of(silent.notices().getFirst().key())));

    watched.log(1, "a", 5_000, 10_000, 10_000);
    assertThat(judge("three", at(20_000)).notices())
        .singleElement()
        .satisfies(notice -> assertThat(notice.recovered()).isTrue());
  }

  @Test
  void judge_ofANewChampion_endsTheAlertsOfTheOneBefore() throws IOException {
    watched.version(1, SPEC, REFERENCE);
    watched.log(1, "a", 25_000, 30_000);
    judge("one", at(30_000));
    watched.version(2, SPEC, Profiles.of(TRAFFIC, 25_000, 50_000));
    watched.log(2, "a", 30_000, 35_000);

    Judged after = judge("two", at(35_000));

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
    alerts().mute(null, at(0), at(40_000), "ann", "a move", at(0));

    Judged muted = judge("one", at(30_000));
    assertThat(muted.open()).isEqualTo(1);
    assertThat(muted.notices()).isEmpty();

    watched.log(1, "a", 30_000, 35_000, 6_000);
    assertThat(judge("two", at(41_000)).notices())
        .singleElement()
        .satisfies(notice -> assertThat(notice.since()).isEqualTo(at(30_000)));
  }

  @Test
  void judge_inAMuteOfTheSpec_tellsWhatIsStillOpenWhenItEnds() throws IOException {
    // the log begins on a Sunday at 12:00 UTC, which is 13:00 in Berlin
    String muted = SPEC + "  mutes: [{days: [sun], to: 22:00, zone: Europe/Berlin}]\n";
    watched.version(1, muted, REFERENCE);
    watched.log(1, "a", 25_000, 30_000);
    Judged first = judge("one", at(30_000));
    assertThat(first.open()).isEqualTo(1);
    assertThat(first.notices()).as("20:20 on Sunday").isEmpty();
    assertThat(alerts().head().recurring()).hasSize(1);

    watched.log(1, "a", 30_000, 35_000, 1_000);
    assertThat(judge("two", at(36_000)).notices())
        .as("22:00 on Sunday")
        .singleElement()
        .satisfies(notice -> assertThat(notice.since()).isEqualTo(at(30_000)));
  }

  @Test
  void judge_ofWhatCameAndWentInAMute_tellsNobody() throws IOException {
    String muted = SPEC + "  mutes: [{days: [sun], to: 22:00, zone: Europe/Berlin}]\n";
    watched.version(1, muted, REFERENCE);
    watched.log(1, "a", 25_000, 30_000);
    judge("one", at(30_000));

    watched.log(1, "a", 0, 5_000, 31_500);
    Judged after = judge("two", at(36_500));

    assertThat(after.open()).isZero();
    assertThat(after.notices()).isEmpty();
    assertThat(alerts().head().over()).hasSize(1);
  }

  @Test
  void judge_tellsTheChecksPageWhatIsOpenMutedAndKept() throws IOException {
    watched.version(1, OBJECTIVES, REFERENCE);
    watched.log(1, "a", 25_000, 30_000);
    alerts().mute("drift", at(0), at(40_000), "ann", "a campaign", at(0));

    judge("one", at(30_000));

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
    JsonNode alerts =
        PayloadJson.mapper().readTree(text(key.replace(".html", ".json"))).path("alerts");
    assertThat(alerts.at("/open/0/mutedUntil").asText()).isEqualTo("2026-03-01T23:06:40Z");
    assertThat(alerts.at("/levels")).hasSize(3);

    watched.log(1, "a", 0, 5_000, 40_000);
    judge("two", at(45_000));
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

  @Test
  void judge_whenRowsAreACause_countsThemOnce() throws IOException {
    watched.version(1, SPEC, REFERENCE, "{on: [{rows: 9000}]}");
    watched.log(1, "a", 0, 5_000);
    assertThat(judge("one", at(5_000)).rows()).isEqualTo(5_000);
    watched.log(1, "a", 5_000, 10_000);
    watched.log(1, "b", 10_000, 11_000);
    assertThat(judge("two", at(20_000)).rows()).isEqualTo(11_000);
    assertThat(judge("two", at(20_000)).rows()).isEqualTo(11_000);
    assertThat(judge("three", at(20_001)).rows()).isEqualTo(11_000);
  }

  @Test
  void judgeSchedules_ofChecksThatDoNotHappen_alertsAndRecovers() throws IOException {
    watched.version(1, SPEC, REFERENCE);
    AlertWatch watch = watch(at(1));
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
}
