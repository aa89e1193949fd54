package io.millrace.workflows.drift;

import io.millrace.workflows.ref.Checks;
import java.time.Instant;
import java.util.List;

/** What the steward needs to know of a check. @param columns drifted, over all windows */
public record DriftSummary(
    String model,
    String state,
    boolean drifted,
    boolean qualityBroken,
    List<String> columns,
    Instant at,
    String sentence) {
  public DriftSummary {
    columns = Checks.list(columns);
  }
}
