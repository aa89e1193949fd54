package io.millrace.activities.watch;

import io.millrace.activities.store.ObjectStore;
import io.millrace.inference.profile.Profile;
import io.millrace.workflows.wire.DurationText;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a window is compared with, {@code watch.reference}: the training rows, or Profiles of the
 * version's own log, merged, without a raw row.
 *
 * <ul>
 *   <li>{@code training}: the Profile that the version was registered with
 *   <li>{@code version 3}: the columns of the one that another version was registered with; scores
 *       are still held against the served version's own
 *   <li>{@code last 7d}: that much time before the window
 *   <li>{@code same-weekday}: the window's hours one, two, three and four weeks before
 *   <li>{@code 2026-03-01T00:00:00Z/2026-03-08T00:00:00Z}: pinned
 * </ul>
 *
 * A part belongs where its last row does, as with windows by time. Spans of six hours or more begin
 * and end at full hours.
 */
final class ReferenceWindow {
  static final String TRAINING = "training";
  static final String SAME_WEEKDAY = "same-weekday";
  static final String LAST = "last ";
  static final String VERSION = "version ";
  private static final int WEEKS = 4;
  private static final Duration WEEK = Duration.ofDays(7);

  /** After {@code from}, up to and with {@code to}. */
  private record Span(Instant from, Instant to) {}

  private ReferenceWindow() {}

  /**
   * What windows are compared with unless that comes from the log.
   *
   * @param text of the spec
   * @param training what the version was registered with
   */
  static Profile pinned(ObjectStore store, String text, WatchedVersion version, Profile training) {
    if (!text.startsWith(VERSION)) {
      return training;
    }
    Profile other = version.reference(store, Integer.parseInt(text.substring(VERSION.length())));
    return training.column(ColumnDrift.PREDICTION).map(other::with).orElse(other);
  }

  /**
   * The Profile to compare a window with.
   *
   * @param text of the spec
   * @param training what the version was registered with, or {@link #pinned}
   * @return empty when the log has no rows there
   */
  static Optional<Profile> of(LoggedTime log, String text, Window window, Profile training) {
    if (text.equals(TRAINING) || text.startsWith(VERSION)) {
      return Optional.of(training);
    }
    // the window's own rows are no reference for it
    List<String> left = new ArrayList<>(window.parts());
    Profile all = null;
    for (Span span : spans(text, window.from(), window.to())) {
      Duration length = Duration.between(span.from(), span.to());
      LoggedTime.Rows rows =
          log.between(
              LoggedTime.edge(span.from(), length), LoggedTime.edge(span.to(), length), left);
      // spans of a window that is longer than a week meet
      left.addAll(rows.parts());
      Profile profile = rows.profile();
      all = all == null ? profile : profile == null ? all : all.merge(profile);
    }
    return Optional.ofNullable(all);
  }

  private static List<Span> spans(String text, Instant from, Instant to) {
    if (text.equals(SAME_WEEKDAY)) {
      List<Span> spans = new ArrayList<>();
      for (int week = 1; week <= WEEKS; week++) {
        Duration back = WEEK.multipliedBy(week);
        spans.add(new Span(from.minus(back), to.minus(back)));
      }
      return spans;
    }
    if (text.startsWith(LAST)) {
      return List.of(new Span(from.minus(DurationText.parse(text.substring(LAST.length()))), from));
    }
    String[] ends = text.split("/", -1);
    if (ends.length != 2) {
      throw new IllegalArgumentException("reference: " + text + " (expected: from/to)");
    }
    Span pinned = new Span(Instant.parse(ends[0]), Instant.parse(ends[1]));
    if (!pinned.from().isBefore(pinned.to())) {
      throw new IllegalArgumentException("reference: " + text + " (expected: from before to)");
    }
    return List.of(pinned);
  }
}
