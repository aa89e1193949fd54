package io.millrace.workflows.spec;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.millrace.workflows.ref.Checks;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * When the model is trained again.
 *
 * @param on {@code drift}, {@code quality}, {@code age}, {@code rows}; empty never retrains by
 *     itself
 * @param data what a retraining reads
 * @param cooldown least time between two retrainings; doubled for each one after the first that in
 *     a row brought no new version
 * @param perMonth greatest number of retrainings in 30 days
 * @param suspendFor how long a suspended run waits to be resumed before it fails
 * @param age of the champion from which {@code age} is a cause; null without that cause
 * @param rows new predictions since the champion was made from which {@code rows} is a cause; null
 *     without that cause
 * @param debounce in how many of the last checks drift or broken quality must be seen; null for one
 * @param perWeek greatest number of retrainings in 7 days; null for {@code perMonth} alone
 * @param costPerMonth US dollars that retrainings may cost in 30 days: none begins once they are
 *     spent; null for no limit
 */
@JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
public record RetrainingSpec(
    List<String> on,
    DataWindow data,
    Duration cooldown,
    int perMonth,
    Duration suspendFor,
    @Nullable Duration age,
    @Nullable Long rows,
    @Nullable Debounce debounce,
    @Nullable Integer perWeek,
    @Nullable Double costPerMonth) {
  public RetrainingSpec {
    on = Checks.list(on);
  }

  /** Without what specs of release 0.1.0 could not say. */
  public RetrainingSpec(
      List<String> on, DataWindow data, Duration cooldown, int perMonth, Duration suspendFor) {
    this(on, data, cooldown, perMonth, suspendFor, null, null, null, null, null);
  }

  /**
   * At most one of the four is set; none reads the source only.
   *
   * @param referencePlusLast the source, and the labelled predictions of this much time before
   * @param since the source, and the labelled predictions since this moment
   * @param last the labelled predictions of this much time before, and not the source
   * @param rows the newest labelled predictions, this many, and not the source
   */
  @JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
  public record DataWindow(
      @Nullable Duration referencePlusLast,
      @Nullable Instant since,
      @Nullable Duration last,
      @Nullable Long rows) {
    /** By times. */
    public DataWindow(
        @Nullable Duration referencePlusLast, @Nullable Instant since, @Nullable Duration last) {
      this(referencePlusLast, since, last, null);
    }

    public DataWindow(@Nullable Duration referencePlusLast) {
      this(referencePlusLast, null, null);
    }
  }
}
