package io.millrace.workflows.spec;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How rows are added to those of the version before.
 *
 * @param watermark the column whose greatest value so far is remembered: a time or a number that
 *     only grows. Rows above it are new; with {@code data.id} a new row replaces the one of the
 *     same id
 * @param late how far below the watermark a row may lie and still be taken, for a time; null is not
 *     at all
 * @param onLate what happens to rows below that
 */
@JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
public record IncrementalSpec(String watermark, @Nullable Duration late, OnLate onLate) {
  /** What happens to rows that come too late. */
  public enum OnLate {
    /** Left out and counted. */
    @JsonProperty("drop")
    DROP,
    /** The run ends with {@code DATA_INVALID}. */
    @JsonProperty("block")
    BLOCK,
    /** Taken all the same, and counted. */
    @JsonProperty("take")
    TAKE
  }
}
