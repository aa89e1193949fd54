package io.millrace.activities.watch.alert;

import io.millrace.activities.watch.alert.AlertState.Mute;
import io.millrace.workflows.spec.WatchSpec.MuteSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.TextStyle;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Until when nobody is told of a rule's alerts: mutes of a person, and those of {@code watch.mutes}
 * that come again each day or week on the clocks of a zone.
 *
 * <p>Where clocks go forward, a time that no clock shows is the moment at which they do. Where they
 * go back, {@code from} is the first of the two moments and {@code to} the second. So a mute never
 * ends before it begins, and is never shorter than its clocks say by more than they leap.
 */
public final class MuteTimes {
  /** The end of a day, which is no time of it. */
  private static final String MIDNIGHT = "24:00";

  /** Mutes that follow each other without a gap are looked at so far ahead. */
  private static final Duration AHEAD = Duration.ofDays(28);

  private MuteTimes() {}

  /**
   * When alerts of a rule are told again; empty when they are not muted.
   *
   * @return at most four weeks ahead, unless one mute is longer than that
   */
  public static Optional<Instant> until(AlertState state, String rule, Instant now) {
    Instant end = now;
    while (end.isBefore(now.plus(AHEAD))) {
      Instant next = end;
      for (Mute mute : state.mutes()) {
        next = mute.covers(rule, end) && mute.to().isAfter(next) ? mute.to() : next;
      }
      for (MuteSpec mute : state.recurring()) {
        Instant own = mute.rule() == null || mute.rule().equals(rule) ? end(mute, end) : null;
        next = own != null && own.isAfter(next) ? own : next;
      }
      if (next.equals(end)) {
        break;
      }
      end = next;
    }
    return end.equals(now) ? Optional.empty() : Optional.of(end);
  }

  /** The end of the time of a mute that a moment is in; null when it is in none. */
  private static @Nullable Instant end(MuteSpec mute, Instant now) {
    ZoneId zone = mute.zone() == null ? ZoneOffset.UTC : ZoneId.of(mute.zone());
    LocalDate today = now.atZone(zone).toLocalDate();
    String from = mute.from() == null ? "00:00" : mute.from();
    String to = mute.to() == null ? MIDNIGHT : mute.to();
    Instant latest = null;
    for (LocalDate day : List.of(today.minusDays(1), today)) {
      if (!on(mute, day)) {
        continue;
      }
      Instant begins = moment(day, from, zone, true);
      // times of one length are in the order of their texts
      Instant ends = moment(to.compareTo(from) > 0 ? day : day.plusDays(1), to, zone, false);
      if (!now.isBefore(begins) && now.isBefore(ends)) {
        latest = latest == null || ends.isAfter(latest) ? ends : latest;
      }
    }
    return latest;
  }

  private static boolean on(MuteSpec mute, LocalDate day) {
    return mute.days() == null
        || mute.days()
            .contains(
                day.getDayOfWeek()
                    .getDisplayName(TextStyle.SHORT, Locale.ROOT)
                    .toLowerCase(Locale.ROOT));
  }

  private static Instant moment(LocalDate day, String time, ZoneId zone, boolean first) {
    LocalDateTime local =
        time.equals(MIDNIGHT) ? day.plusDays(1).atStartOfDay() : day.atTime(LocalTime.parse(time));
    List<ZoneOffset> offsets = zone.getRules().getValidOffsets(local);
    return offsets.isEmpty()
        ? zone.getRules().getTransition(local).getInstant()
        : local.toInstant(first ? offsets.getFirst() : offsets.getLast());
  }

  /** Such as {@code drift muted on sat, sun from 22:00 to 06:00, Europe/Berlin}. */
  public static String sentence(MuteSpec mute) {
    return "%s muted %s from %s to %s, %s"
        .formatted(
            mute.rule() == null ? "all alerts" : mute.rule(),
            mute.days() == null ? "every day" : "on " + String.join(", ", mute.days()),
            mute.from() == null ? "00:00" : mute.from(),
            mute.to() == null ? MIDNIGHT : mute.to(),
            mute.zone() == null ? "UTC" : mute.zone());
  }
}
