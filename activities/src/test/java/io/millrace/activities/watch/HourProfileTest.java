package io.millrace.activities.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.activities.store.ObjectStore;
import io.millrace.inference.profile.NumberProfile;
import io.millrace.inference.profile.Profile;
import io.millrace.workflows.port.watch.WatchActivities.DriftReport;
import io.millrace.workflows.port.watch.WatchActivities.DriftRequest;
import io.millrace.workflows.port.watch.WatchActivities.WindowReport;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HourProfileTest extends WatchBed {
  private static final Duration DAY = Duration.ofHours(24);
  private static final String BY_DAY =
      """
      watch:
        schedule: {every: 1h, jitter: 0s, catch-up: 1h}
        window: {last: 24h, min-rows: 100}
        drift: {profile: evidently, columns: all, share: 30%, effect: 0.1, fdr: 0.05}
        notify: [log]
      """;
  private static final int PART = 50;

  private OpenedObjects opened;
  private int logged;

  @BeforeEach
  void open() throws IOException {
    watched.version(1, BY_DAY, REFERENCE);
  }

  @Override
  final ObjectStore backing() {
    opened = new OpenedObjects(looked());
    return opened.store();
  }

  /** What is looked at: the same holds on every store. */
  ObjectStore looked() {
    return super.backing();
  }

  @Test
  void check_overADay_opensAnObjectAnHourOnceTheyAreMerged() throws IOException {
    for (int hour = 0; hour < 24; hour++) {
      for (String server : List.of("a", "b", "c")) {
        for (int part = 0; part < 6; part++) {
          log(server, hour, 60 * part);
        }
      }
    }
    Instant end = WatchedStore.START.plus(DAY);
    WindowReport first = window("one", end);
    assertThat(first.rows()).isEqualTo(24 * 18 * PART);
    assertThat(opened.ofTheLog())
        .filteredOn(k -> k.endsWith(".profile.json"))
        .hasSizeGreaterThan(400);

    log("a", 24, 0);
    log("b", 24, 10);
    WindowReport second = window("two", end.plusSeconds(600));
    assertThat(second.rows()).isEqualTo((24 * 18 + 2) * PART);
    List<String> again = opened.ofTheLog();
    assertThat(again).filteredOn(k -> k.endsWith(".hour.json")).hasSize(24);
    assertThat(again.stream().filter(k -> k.endsWith(".profile.json")).distinct().toList())
        .hasSize(2);
    assertThat(store.list("predictions/")).filteredOn(k -> k.endsWith(".hour.json")).hasSize(25);
  }

  @Test
  void check_ofMergedHours_saysWhatItSaysOfParts() throws IOException {
    for (int hour = 0; hour < 6; hour++) {
      for (int part = 0; part < 8; part++) {
        log("a", hour, 100 * part);
      }
    }
    Instant end = WatchedStore.START.plus(Duration.ofHours(6));
    LoggedTime log = new LoggedTime(store, WatchedStore.MODEL, 1, key -> {});
    LoggedTime.Rows before = log.between(WatchedStore.START, end, List.of());
    LoggedTime.Rows after = log.between(WatchedStore.START, end, List.of());
    assertThat(after.parts()).isEqualTo(before.parts()).hasSize(48).isSorted();
    Profile direct =
        after.parts().stream()
            .map(key -> LogPart.read(store, key).profile())
            .reduce(Profile::merge)
            .orElseThrow();
    NumberProfile exact = (NumberProfile) direct.column("car_value").orElseThrow();
    for (LoggedTime.Rows rows : List.of(before, after)) {
      Profile merged = Objects.requireNonNull(rows.profile());
      assertThat(merged.rows()).isEqualTo(rows.rows()).isEqualTo(48 * PART);
      NumberProfile numbers = (NumberProfile) merged.column("car_value").orElseThrow();
      assertThat(numbers.mean()).isCloseTo(exact.mean(), within(1e-9 * exact.mean()));
      assertThat(numbers.values()).isEqualTo(exact.values());
      assertThat(numbers.shares()).isEqualTo(exact.shares());
    }
  }

  @Test
  void check_afterALatePart_mergesItInAndKeepsOneObjectAnHour() throws IOException {
    log("a", 0, 0);
    log("a", 0, 60);
    log("b", 0, 0);
    log("a", 1, 0);
    log("a", 1, 60);
    Instant end = WatchedStore.START.plus(Duration.ofHours(5));
    assertThat(window("one", end).rows()).isEqualTo(5 * PART);
    opened.ofTheLog();
    log("edge", 0, 200);
    assertThat(window("two", end.plusSeconds(1)).rows()).isEqualTo(6 * PART);
    assertThat(opened.ofTheLog().stream().filter(k -> k.endsWith(".profile.json")))
        .as("the late one alone, and the newest that silence is told by")
        .allSatisfy(k -> assertThat(k).containsAnyOf("edge-", "hr=13"));
    assertThat(hours()).hasSize(2);
    assertThat(window("three", end.plusSeconds(2)).rows()).isEqualTo(6 * PART);
  }

  @Test
  void check_ofAHalfWrittenHour_takesAPartOnceItsProfileIsThere() throws IOException {
    log("a", 0, 0);
    log("a", 0, 60);
    log("a", 0, 120);
    String late =
        store.list("predictions/").stream()
            .filter(k -> k.endsWith("00000003.profile.json"))
            .findFirst()
            .orElseThrow();
    byte[] profile = store.get(late).orElseThrow();
    store.delete(late);
    Instant end = WatchedStore.START.plus(Duration.ofHours(2));
    DriftWatch meanwhile =
        new DriftWatch(store, null, InstantSource.fixed(WatchedStore.START.plusSeconds(3_000)));
    assertThat(
            meanwhile
                .check(new DriftRequest(WatchedStore.MODEL, end, "one"))
                .windows()
                .getFirst()
                .rows())
        .as("whoever wrote the lines may still write the Profile")
        .isEqualTo(2 * PART);
    store.put(late, profile);
    assertThat(window("two", end).rows()).isEqualTo(3 * PART);
    assertThat(hours()).hasSize(1);
  }

  @Test
  void check_twiceAtOnce_countsEachPartOnce() throws Exception {
    for (int part = 0; part < 20; part++) {
      log("a", part / 10, 60 * (part % 10));
    }
    Instant end = WatchedStore.START.plus(Duration.ofHours(3));
    try (ExecutorService pool = Executors.newFixedThreadPool(4)) {
      List<Callable<WindowReport>> checks = new ArrayList<>();
      for (String key : List.of("a", "b", "c", "d")) {
        checks.add(() -> window(key, end));
      }
      for (Future<WindowReport> done : pool.invokeAll(checks)) {
        assertThat(done.get().rows()).isEqualTo(20 * PART);
      }
    }
    assertThat(hours()).hasSize(2);
  }

  @Test
  void check_ofAMomentWithinAnHour_leavesLaterPartsOutAndWhatIsMergedAlone() throws IOException {
    for (int part = 0; part < 10; part++) {
      log("a", 0, 300 * part);
    }
    Instant end = WatchedStore.START.plus(Duration.ofHours(1));
    assertThat(window("whole", end).rows()).isEqualTo(10 * PART);
    List<String> merged = hours();
    assertThat(window("past", WatchedStore.START.plusSeconds(1_400)).rows()).isEqualTo(5 * PART);
    assertThat(hours()).isEqualTo(merged);
    assertThat(window("again", end).rows()).isEqualTo(10 * PART);
  }

  @Test
  void check_afterAnErasure_neitherUsesNorKeepsWhatWasMergedBefore() throws IOException {
    log("a", 0, 0);
    log("a", 0, 60);
    log("a", 0, 120);
    Instant end = WatchedStore.START.plus(Duration.ofHours(2));
    assertThat(window("one", end).rows()).isEqualTo(3 * PART);
    String before = hours().getFirst();
    byte[] stale = store.get(before).orElseThrow();

    String erased = before.substring(0, before.lastIndexOf('/') + 1) + "a-00000003";
    store.delete(erased + ".profile.json");
    store.delete(erased + ".jsonl.gz");
    watched.log(1, "c", 0, 20, 130);
    HourMarks.erased(store, List.of(erased + ".jsonl.gz", "labels/car-loan/x.jsonl.gz"), "p1-5");
    assertThat(hours()).isEmpty();
    // a check that had read the parts before leaves its own afterwards
    store.put(before, stale);
    assertThat(window("two", end).rows()).isEqualTo(2 * PART + 20);
    assertThat(hours()).hasSize(1).doesNotContain(before);
    HourMarks.erased(store, List.of(erased + ".jsonl.gz"), "p1-5");
    assertThat(hours()).isEmpty();
  }

  @Test
  void check_ofADamagedHour_makesItAgain() throws IOException {
    log("a", 0, 0);
    log("a", 0, 60);
    Instant end = WatchedStore.START.plus(Duration.ofHours(2));
    window("one", end);
    String key = hours().getFirst();
    byte[] good = store.get(key).orElseThrow();
    store.put(key, "{\"format\":1".getBytes(StandardCharsets.UTF_8));
    assertThat(window("two", end).rows()).isEqualTo(2 * PART);
    assertThat(store.get(key).orElseThrow()).isEqualTo(good);
  }

  @Test
  void fromJson_ofSomethingElse_saysWhatWasExpected() {
    assertThatThrownBy(() -> HourProfile.fromJson("{}".getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("hour: format  (expected: 1, with a profile)");
  }

  /** A part of 50 rows of an hour, the next of the traffic. */
  private void log(String server, int hour, int second) {
    int from = logged * PART;
    logged++;
    watched.log(
        1, server, from % 25_000, from % 25_000 + PART, hour * 3_600L + second - from % 25_000);
  }

  private List<String> hours() {
    return store.list("predictions/").stream().filter(k -> k.endsWith(".hour.json")).toList();
  }

  private WindowReport window(String key, Instant at) {
    DriftReport report = new DriftWatch(store).check(new DriftRequest(WatchedStore.MODEL, at, key));
    return report.windows().getFirst();
  }
}
