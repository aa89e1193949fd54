package io.millrace.workflows.spec;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.millrace.workflows.ref.Checks;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * When the model is trained again.
 *
 * @param on {@code drift}, {@code quality}; empty never retrains by itself
 * @param data what a retraining reads
 * @param cooldown least time between two retrainings
 * @param perMonth greatest number of retrainings in 30 days
 * @param suspendFor how long a suspended run waits to be resumed before it fails
 */
@JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
public record RetrainingSpec(
    List<String> on, DataWindow data, Duration cooldown, int perMonth, Duration suspendFor) {
  public RetrainingSpec {
    on = Checks.list(on);
  }

  /**
   * @param referencePlusLast the source, and the labelled predictions of this much time before;
   *     null reads the source only
   */
  @JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
  public record DataWindow(@Nullable Duration referencePlusLast) {}
}
