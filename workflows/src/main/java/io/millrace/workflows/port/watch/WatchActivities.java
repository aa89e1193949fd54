package io.millrace.workflows.port.watch;

import io.millrace.workflows.ref.Metric;
import io.millrace.workflows.ref.ModelRef;
import io.temporal.activity.ActivityInterface;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Looks at what an endpoint predicted. */
@ActivityInterface(namePrefix = "Watch")
public interface WatchActivities {
  /**
   * Compares the window's Profiles with the reference's and writes the report beside the log. A
   * window is checked once: a repeat with the same {@code key} answers the same report. Heartbeats.
   */
  DriftReport check(DriftRequest request);

  /**
   * @param at the check's nominal time: nothing later is looked at @param key idempotency key
   */
  record DriftRequest(String model, Instant at, String key) {}

  /** State of a check or of a window. */
  enum State {
    /** There is no champion to watch. */
    NO_MODEL,
    /** Too few rows in the window. */
    NO_DATA,
    STABLE,
    DRIFTED
  }

  /**
   * @param windows in time order; with windows by time exactly one, with windows by rows every
   *     complete one since the last check, perhaps none
   * @param reportKey the HTML in the store; null when nothing was looked at
   * @param silentSince the last prediction, in the first check that finds that they stopped coming;
   *     null in every other
   */
  record DriftReport(
      String model,
      @Nullable ModelRef version,
      State state,
      Instant at,
      List<WindowReport> windows,
      @Nullable String reportKey,
      @Nullable Instant silentSince) {}

  /**
   * @param firstRow 1-based position of the window's first row in the version's log
   * @param columns every column's verdict, drifted ones first
   * @param realised metric of the rows whose labels came; null when none did
   * @param labelled rows with a label
   * @param qualityBroken the realised metric is below the floor
   */
  record WindowReport(
      Instant from,
      Instant to,
      long firstRow,
      long rows,
      State state,
      List<ColumnVerdict> columns,
      @Nullable Metric realised,
      long labelled,
      boolean qualityBroken,
      String sentence) {
    /** Names of the drifted columns. */
    public List<String> drifted() {
      return columns.stream().filter(ColumnVerdict::drifted).map(ColumnVerdict::column).toList();
    }
  }

  /**
   * @param column a feature's name, or {@code prediction} for the score
   * @param test {@code ks} or {@code chi-squared}
   * @param pValue of the test; null when it could not be computed
   * @param adjusted Benjamini-Hochberg
   * @param psi effect size
   * @param missing share of missing values in the window, 0..1
   * @param missingReference the same in the reference
   */
  record ColumnVerdict(
      String column,
      String test,
      double statistic,
      @Nullable Double pValue,
      @Nullable Double adjusted,
      double psi,
      double missing,
      double missingReference,
      boolean drifted,
      String sentence) {}
}
