package io.millrace.workflows.drift;

import io.millrace.workflows.port.watch.WatchActivities.ColumnVerdict;
import io.millrace.workflows.port.watch.WatchActivities.State;
import io.millrace.workflows.port.watch.WatchActivities.WindowReport;
import java.time.Instant;
import java.util.List;

/** What drift checks find, for tests. */
public final class DriftCheckWorkflows {
  private DriftCheckWorkflows() {}

  /** A window in which LIMIT has drifted. */
  public static WindowReport window() {
    return window(false, "LIMIT");
  }

  /** A window with one drifted column of two. */
  public static WindowReport window(boolean qualityBroken, String column) {
    Instant at = Instant.parse("2026-03-01T12:00:00Z");
    return new WindowReport(
        at.minusSeconds(3600),
        at,
        1,
        1000,
        State.DRIFTED,
        List.of(
            new ColumnVerdict(
                column, "ks", 0.3, 0.001, 0.002, 0.4, 0.0, 0.0, true, column + " moved"),
            new ColumnVerdict(
                "AGE", "ks", 0.01, 0.7, 0.8, 0.0, 0.0, 0.0, false, "AGE is the same")),
        null,
        0,
        qualityBroken,
        "1 of 2 columns drifted: " + column);
  }
}
