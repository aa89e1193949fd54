package io.millrace.workflows.spec;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Only what is new since the ingest before is read, and stands beside what is there already.
 *
 * @param watermark the column of a time, or of a number that grows: the greatest value read so far
 *     is the mark
 * @param late rows whose value is not above the mark; null drops them
 */
@JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
public record IncrementalSpec(String watermark, @Nullable Late late) {
  /**
   * @param allow how far below the mark a new row is as good as any other; null is nothing. Of a
   *     mark that is a number, in seconds
   * @param beyond what becomes of those further below; null drops them
   */
  @JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
  public record Late(@Nullable Duration allow, @Nullable Beyond beyond) {}

  /** What becomes of a row that came too late. */
  public enum Beyond {
    @JsonProperty("drop")
    DROP,
    @JsonProperty("quarantine")
    QUARANTINE,
    @JsonProperty("accept")
    ACCEPT
  }

  /** How far below the mark a new row is as good as any other. */
  public Duration allowed() {
    Duration allow = late == null ? null : late.allow();
    return allow == null ? Duration.ZERO : allow;
  }

  /** What becomes of a row that came later than that. */
  public Beyond tooLate() {
    Beyond beyond = late == null ? null : late.beyond();
    return beyond == null ? Beyond.DROP : beyond;
  }
}
