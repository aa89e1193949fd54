package io.millrace.activities.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.activities.watch.DriftBackfill.Look;
import io.millrace.workflows.port.watch.WatchActivities.DriftReport;
import io.millrace.workflows.port.watch.WatchActivities.State;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;

class DriftBackfillTest extends WatchBed {
  private static final String BY_TIME =
      """
      watch:
        schedule: {every: 1h, jitter: 0s, catch-up: 1h}
        window: {last: 3600s, min-rows: 1000}
        notify: [log]
      """;

  @Test
  void run_ofPastHours_looksAtEachWindowOnce() throws IOException {
    traffic(BY_TIME);
    DriftReport checked = check(at(7_200).toString(), at(7_200), LATER);

    List<Look> first = run(at(0), at(36_000));

    assertThat(first).hasSize(10);
    assertThat(first).extracting(Look::at).startsWith(at(3_600), at(7_200));
    assertThat(first)
        .extracting(Look::made)
        .containsExactly(true, false, true, true, true, true, true, true, true, true);
    assertThat(first.get(1).report()).as("the check's own").isEqualTo(checked);
    assertThat(first.subList(0, 6)).allMatch(look -> look.report().state() == State.STABLE);
    assertThat(first.subList(7, 10)).allMatch(look -> look.report().state() == State.DRIFTED);
    assertThat(first).allSatisfy(look -> assertThat(look.report().windows()).hasSize(1));

    List<Look> again = run(at(1_800), at(36_000));
    assertThat(again).noneMatch(Look::made);
    assertThat(again).extracting(Look::report).isEqualTo(first.stream().map(Look::report).toList());
    assertThat(store.list("endpoints/car-loan/drift/backfill/")).hasSize(9);
    assertThat(store.list("endpoints/car-loan/drift/0")).as("no check was made").hasSize(1);
  }

  @Test
  void run_whenWindowsAreByRows_movesNoCursor() throws IOException {
    traffic(BY_TIME.replace("last: 3600s", "rows: 3600"));
    assertThat(run(at(0), at(7_200)))
        .allSatisfy(look -> assertThat(look.report().windows().getFirst().rows()).isEqualTo(3_600));

    DriftReport check = check("one", at(36_000), LATER);

    assertThat(check.windows()).hasSize(10);
  }

  @Test
  void run_beforeThereWasAChampion_saysSo() throws IOException {
    traffic(BY_TIME);

    assertThat(run(at(-7_200), at(-3_600)))
        .singleElement()
        .satisfies(look -> assertThat(look.report().state()).isEqualTo(State.NO_MODEL));
  }

  @Test
  void run_ofARangeThatCannotBe_saysWhatWasExpected() throws IOException {
    assertThatThrownBy(() -> run(at(0), at(1)))
        .hasMessageContaining("model: car-loan (expected: with a champion)");
    traffic(BY_TIME);
    assertThatThrownBy(() -> run(at(1), at(1)))
        .hasMessageContaining("from: 2026-03-01T12:00:01Z (expected: before to");
    assertThatThrownBy(() -> run(at(0), at(2_000_000)))
        .hasMessageContaining("(expected: a past time)");
    assertThatThrownBy(() -> run(at(1), at(2)))
        .hasMessageContaining("0 checks, one each PT1H (expected: 1..10000)");
  }

  private void traffic(String watch) throws IOException {
    watched.version(1, watch, REFERENCE);
    for (int row = 0; row < 36_000; row += 3_600) {
      watched.log(1, "a", row, row + 3_600);
    }
  }

  private List<Look> run(Instant from, Instant to) {
    return new DriftBackfill(store, null, InstantSource.fixed(LATER))
        .run(WatchedStore.MODEL, from, to, look -> {});
  }
}
