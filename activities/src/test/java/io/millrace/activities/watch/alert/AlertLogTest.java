package io.millrace.activities.watch.alert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.activities.store.FileStore;
import io.millrace.activities.store.ObjectStore;
import io.millrace.activities.watch.alert.AlertState.Alert;
import io.millrace.activities.watch.alert.AlertState.Mute;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AlertLogTest {
  private static final Instant START = Instant.parse("2026-03-01T12:00:00Z");

  @TempDir Path dir;
  private ObjectStore store;
  private AlertLog log;
  private int checks;

  @BeforeEach
  void open() {
    store = new FileStore(dir);
    log = new AlertLog(store, "credit");
  }

  private AlertState see(String rule, @Nullable Boolean hit) {
    return see("check-" + checks, START.plus(Duration.ofHours(checks++)), rule, hit);
  }

  private AlertState see(String key, Instant at, String rule, @Nullable Boolean hit) {
    return log.append(
        key,
        before -> {
          AlertBoard board = new AlertBoard("credit", AlertRules.of(null), before, at);
          board.see(rule, "version 1", hit, rule + " at " + at);
          return board.state(key, before, List.of());
        });
  }

  @Test
  void see_twoOfThree_opensOnceAndRecoversWhenItHoldsNoLonger() {
    assertThat(see(AlertRules.SLO, true).alerts()).isEmpty();
    assertThat(see(AlertRules.SLO, false).alerts()).isEmpty();
    AlertState open = see(AlertRules.SLO, true);
    assertThat(open.alerts()).hasSize(1);
    Alert alert = open.alerts().getFirst();
    assertThat(alert.since()).isEqualTo(START.plus(Duration.ofHours(2)));

    AlertState still = see(AlertRules.SLO, true);
    assertThat(still.alerts()).extracting(Alert::id).containsExactly(alert.id());
    assertThat(see(AlertRules.SLO, false).alerts().getFirst().recovered()).isNull();
    AlertState over = see(AlertRules.SLO, false);
    assertThat(over.alerts().getFirst().recovered()).isEqualTo(START.plus(Duration.ofHours(5)));
    assertThat(over.alerts().getFirst().told()).as("is still to be told").isEmpty();
  }

  @Test
  void see_whatACheckCannotTell_leavesTheAlertAsItIs() {
    see(AlertRules.DRIFT, true);

    assertThat(see(AlertRules.DRIFT, null).alerts())
        .singleElement()
        .satisfies(alert -> assertThat(alert.recovered()).isNull());
  }

  @Test
  void see_ofTheSameCheckTwice_countsOnce() {
    Instant at = START;
    see("same", at, AlertRules.SLO, true);
    AlertState again = see("same", at, AlertRules.SLO, true);

    assertThat(again.alerts()).as("2 of 3 are not reached").isEmpty();
    assertThat(store.list("endpoints/credit/alerts/")).hasSize(1);
  }

  @Test
  void see_ofManyChecksAtOnce_opensOneAlert() throws Exception {
    try (ExecutorService pool = Executors.newFixedThreadPool(8)) {
      List<Callable<AlertState>> all =
          IntStream.range(0, 16)
              .mapToObj(i -> (Callable<AlertState>) () -> see("k" + i, START, "drift", true))
              .toList();
      for (Future<AlertState> done : pool.invokeAll(all)) {
        assertThat(done.get().alerts()).hasSize(1);
      }
    }
    assertThat(log.head().alerts()).hasSize(1);
    assertThat(store.list("endpoints/credit/alerts/")).hasSize(16);
  }

  @Test
  void told_opensAndRecoveries_eachOnce() {
    String id = see(AlertRules.DRIFT, true).alerts().getFirst().id();
    log.told(List.of(id + "-opened"), START);
    log.told(List.of(id + "-opened"), START);
    assertThat(log.head().alerts().getFirst().told()).containsExactly(Alert.OPENED);
    assertThat(store.list("endpoints/credit/alerts/")).hasSize(2);

    see(AlertRules.DRIFT, false);
    assertThat(log.head().alerts()).hasSize(1);
    log.told(List.of(id + "-recovered"), START);
    assertThat(log.head().alerts()).isEmpty();
    assertThat(log.head().over()).extracting(Alert::id).containsExactly(id);

    String next = see(AlertRules.DRIFT, true).alerts().getFirst().id();
    assertThat(next).as("a new alert has a new id").isNotEqualTo(id);
  }

  @Test
  void mute_untilItEnds_holdsBackWhatIsOpenAndDropsWhatCameAndWent() {
    Instant until = START.plus(Duration.ofHours(10));
    Mute mute = log.mute("drift", START, until, "ann", "deploying", START);
    see(AlertRules.DRIFT, true);
    assertThat(AlertBoard.muted(log.head(), "drift", START)).isTrue();
    assertThat(AlertBoard.muted(log.head(), "quality", START)).isFalse();
    assertThat(AlertBoard.muted(log.head(), "drift", until)).isFalse();
    assertThat(log.head().alerts()).as("held back").hasSize(1);

    see(AlertRules.DRIFT, false);
    assertThat(log.head().alerts()).isEmpty();
    assertThat(log.head().over()).as("no news").hasSize(1);

    assertThat(log.unmute(mute.id(), START)).containsExactly(mute);
    assertThat(log.unmute(null, START)).isEmpty();
    assertThat(log.head().mutes()).isEmpty();
  }

  @Test
  void mute_ofWhatCannotBe_saysWhatWasExpected() {
    assertThatThrownBy(() -> log.mute("drft", START, START.plusSeconds(1), "a", "b", START))
        .hasMessageContaining("rule: drft (expected: one of drift, quality, no-data");
    assertThatThrownBy(() -> log.mute(null, START, START, "a", "b", START))
        .hasMessageContaining("to: 2026-03-01T12:00:00Z (expected: after from, and after now)");
    assertThatThrownBy(() -> log.mute(null, START, START.plusSeconds(1), "a", " ", START))
        .hasMessageContaining("reason: nothing (expected: some text)");
  }
}
