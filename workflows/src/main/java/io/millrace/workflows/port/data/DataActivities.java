package io.millrace.workflows.port.data;

import io.millrace.workflows.port.Journaled;
import io.millrace.workflows.port.JournaledRequest;
import io.millrace.workflows.ref.DatasetRef;
import io.millrace.workflows.ref.RunRef;
import io.millrace.workflows.spec.DataSpec;
import io.millrace.workflows.spec.Task;
import io.temporal.activity.ActivityInterface;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Brings data in. */
@ActivityInterface(namePrefix = "Data")
public interface DataActivities {
  /**
   * Reads the source, hides personal data, checks expectations, splits, and publishes a
   * DatasetVersion with its Profile. The same bytes and declaration give the same version; a repeat
   * adds nothing. Heartbeats {@link IngestProgress} each second.
   *
   * @throws io.temporal.failure.ApplicationFailure {@code DATA_UNREADABLE}, {@code DATA_INVALID},
   *     {@code SOURCE_UNAVAILABLE}, {@code STORE_UNAVAILABLE}
   */
  @Journaled
  IngestResult ingest(IngestRequest request);

  /**
   * @param specLocation where the spec lies, to resolve relative paths; null for none
   * @param recent labelled predictions to add to the training split; null for none
   */
  record IngestRequest(
      RunRef run,
      String name,
      Task task,
      DataSpec data,
      @Nullable String specLocation,
      @Nullable RecentRows recent)
      implements JournaledRequest {}

  /**
   * Rows of the prediction log that have labels.
   *
   * @param from inclusive
   * @param to exclusive
   * @param alone true to read nothing else, not even the source; null for no
   * @param rows the newest ones, at most this many; null for all
   */
  record RecentRows(
      String model, Instant from, Instant to, @Nullable Boolean alone, @Nullable Long rows) {
    /** All of a time. */
    public RecentRows(String model, Instant from, Instant to, @Nullable Boolean alone) {
      this(model, from, to, alone, null);
    }

    /** Beside the source. */
    public RecentRows(String model, Instant from, Instant to) {
      this(model, from, to, null);
    }
  }

  /**
   * @param rowsRead rows in the source
   * @param rowsQuarantined rows that broke a {@code drop} rule
   * @param recentRows rows that came from the prediction log
   * @param splits rows by split name
   */
  record IngestResult(
      DatasetRef dataset,
      long rowsRead,
      long rowsQuarantined,
      long recentRows,
      Map<String, Long> splits,
      List<ExpectationOutcome> expectations,
      List<PrivacyFinding> privacy) {}

  /**
   * @param rule the rule as a sentence @param broken rows, or 1 for a table rule
   */
  record ExpectationOutcome(String rule, String onBreak, long broken, String sentence) {}

  /**
   * @param recogniser such as {@code email}, {@code card} @param matches values, never the values
   */
  record PrivacyFinding(String column, String recogniser, long matches, String action) {}

  /**
   * @param stage {@code read}, {@code privacy}, {@code expectations}, {@code write}, {@code
   *     profile}
   */
  record IngestProgress(String stage, long rows) {}
}
