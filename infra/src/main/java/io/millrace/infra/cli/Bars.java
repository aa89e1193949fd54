package io.millrace.infra.cli;

import java.time.Duration;
import java.util.Locale;

/** Small pieces of progress, as text. */
final class Bars {
  private static final int WIDTH = 20;

  private Bars() {}

  /** {@code [#####---------------] 25%}. */
  static String bar(double share) {
    double kept = Math.clamp(share, 0, 1);
    int full = (int) Math.round(kept * WIDTH);
    return "["
        + "#".repeat(full)
        + "-".repeat(WIDTH - full)
        + "] "
        + "%3d%%".formatted(Math.round(kept * 100));
  }

  /** {@code 850 ms}, {@code 12.3 s}, {@code 4 m 10 s}. */
  static String time(Duration duration) {
    long millis = Math.max(0, duration.toMillis());
    if (millis < 1000) {
      return millis + " ms";
    }
    if (millis < 60_000) {
      return String.format(Locale.ROOT, "%.1f s", millis / 1000.0);
    }
    return millis < 3_600_000
        ? millis / 60_000 + " m " + millis / 1000 % 60 + " s"
        : millis / 3_600_000 + " h " + millis / 60_000 % 60 + " m";
  }

  /** {@code 81,234}. */
  static String count(double number) {
    return String.format(Locale.ROOT, "%,.0f", number);
  }

  /** Four digits after the point. */
  static String metric(double value) {
    return String.format(Locale.ROOT, "%.4f", value);
  }
}
