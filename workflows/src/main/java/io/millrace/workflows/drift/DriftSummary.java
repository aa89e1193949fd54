package io.millrace.workflows.drift;

import io.millrace.workflows.ref.Checks;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the steward needs to know of a check.
 *
 * @param columns drifted, over all windows
 * @param made when the champion was made; null when there is none, or the check did not come so far
 * @param rows predictions that the champion has logged; null when nobody counts them
 */
public record DriftSummary(
    String model,
    String state,
    boolean drifted,
    boolean qualityBroken,
    List<String> columns,
    Instant at,
    String sentence,
    @Nullable Instant made,
    @Nullable Long rows) {
  public DriftSummary {
    columns = Checks.list(columns);
  }

  /** Of a check that says nothing about the champion itself. */
  public DriftSummary(
      String model,
      String state,
      boolean drifted,
      boolean qualityBroken,
      List<String> columns,
      Instant at,
      String sentence) {
    this(model, state, drifted, qualityBroken, columns, at, sentence, null, null);
  }
}
