package io.millrace.activities.watch.alert;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.activities.watch.alert.AlertState.Mute;
import io.millrace.workflows.spec.WatchSpec.MuteSpec;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class MuteTimesTest {
  private static final String BERLIN = "Europe/Berlin";

  private static AlertState state(List<Mute> once, MuteSpec... again) {
    return new AlertState(
        "key",
        Instant.EPOCH,
        Map.of(),
        List.of(),
        List.of(),
        once,
        List.of(),
        Map.of(),
        null,
        List.of(again));
  }

  private static String until(MuteSpec mute, String now) {
    return MuteTimes.until(state(List.of(), mute), "drift", Instant.parse(now))
        .map(Instant::toString)
        .orElse("told");
  }

  private static MuteSpec mute(
      @Nullable List<String> days, @Nullable String from, @Nullable String to, String zone) {
    return new MuteSpec(null, days, from, to, zone);
  }

  @Test
  void until_ofAWeekend_endsWithSundayOnTheZonesClocks() {
    MuteSpec weekend = mute(List.of("sat", "sun"), null, null, BERLIN);

    // a Friday, summer time: 22:00 UTC is Saturday there
    assertThat(until(weekend, "2026-07-03T21:59:59Z")).isEqualTo("told");
    assertThat(until(weekend, "2026-07-03T22:00:00Z")).isEqualTo("2026-07-05T22:00:00Z");
    assertThat(until(weekend, "2026-07-05T21:59:59Z")).isEqualTo("2026-07-05T22:00:00Z");
    assertThat(until(weekend, "2026-07-05T22:00:00Z")).isEqualTo("told");
  }

  @Test
  void until_ofANight_belongsToTheDayItBeginsOn() {
    MuteSpec night = mute(List.of("fri"), "22:00", "06:00", "UTC");

    assertThat(until(night, "2026-07-03T22:00:00Z")).isEqualTo("2026-07-04T06:00:00Z");
    assertThat(until(night, "2026-07-04T05:59:00Z")).isEqualTo("2026-07-04T06:00:00Z");
    assertThat(until(night, "2026-07-04T06:00:00Z")).isEqualTo("told");
    assertThat(until(night, "2026-07-04T22:00:00Z")).as("Saturday's night").isEqualTo("told");
    assertThat(until(night, "2026-07-03T05:00:00Z")).as("Thursday's night").isEqualTo("told");
  }

  @Test
  void until_whereClocksGoForward_keepsTheTimesOnTheClocks() {
    // on 29 March 2026, 02:00 becomes 03:00 in Berlin, at 01:00 UTC
    MuteSpec night = mute(null, "22:00", "06:00", BERLIN);
    assertThat(until(night, "2026-03-28T21:00:00Z")).isEqualTo("2026-03-29T04:00:00Z");
    assertThat(until(night, "2026-03-29T20:00:00Z")).isEqualTo("2026-03-30T04:00:00Z");

    MuteSpec gone = mute(null, "02:15", "02:45", BERLIN);
    assertThat(until(gone, "2026-03-28T01:30:00Z")).isEqualTo("2026-03-28T01:45:00Z");
    assertThat(until(gone, "2026-03-29T00:59:59Z")).isEqualTo("told");
    assertThat(until(gone, "2026-03-29T01:00:00Z")).as("no clock shows it").isEqualTo("told");

    MuteSpec into = mute(null, "01:30", "02:30", BERLIN);
    assertThat(until(into, "2026-03-29T00:45:00Z")).isEqualTo("2026-03-29T01:00:00Z");
    MuteSpec out = mute(null, "02:30", "03:30", BERLIN);
    assertThat(until(out, "2026-03-29T01:00:00Z")).isEqualTo("2026-03-29T01:30:00Z");
  }

  @Test
  void until_whereClocksGoBack_coversTheHourThatComesTwice() {
    // on 25 October 2026, 03:00 becomes 02:00 in Berlin, at 01:00 UTC
    MuteSpec twice = mute(null, "02:15", "02:45", BERLIN);

    assertThat(until(twice, "2026-10-25T00:14:59Z")).isEqualTo("told");
    assertThat(until(twice, "2026-10-25T00:15:00Z")).isEqualTo("2026-10-25T01:45:00Z");
    assertThat(until(twice, "2026-10-25T01:20:00Z")).isEqualTo("2026-10-25T01:45:00Z");
    assertThat(until(twice, "2026-10-25T01:45:00Z")).isEqualTo("told");
    MuteSpec night = mute(null, "22:00", "06:00", BERLIN);
    assertThat(until(night, "2026-10-24T20:00:00Z"))
        .as("9 hours")
        .isEqualTo("2026-10-25T05:00:00Z");
  }

  @Test
  void until_ofMutesThatFollowEachOther_isTheEndOfTheLast() {
    Instant now = Instant.parse("2026-07-03T20:00:00Z");
    MuteSpec night = mute(List.of("fri"), "22:00", "06:00", "UTC");
    Mute before = new Mute("m", null, now, now.plusSeconds(7_200), "ann", "a move");
    Mute other = new Mute("n", "quality", now, now.plusSeconds(720_000), "ann", "a move");

    AlertState state = state(List.of(before, other), night);

    assertThat(MuteTimes.until(state, "drift", now))
        .contains(Instant.parse("2026-07-04T06:00:00Z"));
    assertThat(AlertBoard.muted(state, "drift", now)).isTrue();
  }

  @Test
  void until_ofAnotherRule_isNotMuted() {
    MuteSpec drift = new MuteSpec("drift", null, "00:00", "12:00", null);
    AlertState state = state(List.of(), drift);
    Instant now = Instant.parse("2026-07-03T06:00:00Z");

    assertThat(MuteTimes.until(state, "drift", now))
        .contains(Instant.parse("2026-07-03T12:00:00Z"));
    assertThat(MuteTimes.until(state, "quality", now)).isEmpty();
    assertThat(MuteTimes.sentence(drift))
        .isEqualTo("drift muted every day from 00:00 to 12:00, UTC");
  }

  @Test
  void until_ofWhatNeverEnds_isFourWeeksAhead() {
    Instant now = Instant.parse("2026-07-03T06:00:00Z");
    MuteSpec always = mute(null, null, null, "UTC");

    assertThat(MuteTimes.until(state(List.of(), always), "drift", now))
        .contains(Instant.parse("2026-08-01T00:00:00Z"));
  }
}
