package io.millrace.activities.report;

import java.time.Duration;
import java.util.Locale;

/** Durations for people. */
final class Times {
  private Times() {}

  /** {@code 40 ms}, {@code 1.2 s}, {@code 2 min 05 s}, {@code 1 h 03 min}. */
  static String text(Duration time) {
    long seconds = time.toSeconds();
    if (seconds >= 3600) {
      return String.format(Locale.ROOT, "%d h %02d min", seconds / 3600, seconds % 3600 / 60);
    }
    if (seconds >= 60) {
      return String.format(Locale.ROOT, "%d min %02d s", seconds / 60, seconds % 60);
    }
    return time.toMillis() < 1000
        ? time.toMillis() + " ms"
        : String.format(Locale.ROOT, "%.1f s", time.toMillis() / 1000.0);
  }
}
