package io.millrace.workflows.spec;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.millrace.workflows.ref.Checks;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A declared check on a trained model. Which case it is follows from its keys: {@code champion},
 * {@code slice}, {@code latency}, {@code approval}, else {@code metric}.
 */
@JsonDeserialize(using = GateSpecReader.class)
public sealed interface GateSpec {
  Severity severity();

  /** {@code block} stops the run, {@code warn} is recorded only. */
  enum Severity {
    @JsonProperty("block")
    BLOCK,
    @JsonProperty("warn")
    WARN
  }

  /**
   * A metric on the test split against a bound. The interval's worse end must hold when {@code
   * confidence} is given, the estimate otherwise.
   *
   * @param floor least value; null when {@code ceiling} is given
   * @param ceiling greatest value; null when {@code floor} is given
   * @param confidence 0..1; null for none
   */
  @JsonDeserialize(using = JsonDeserializer.None.class)
  @JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
  record MetricBound(
      String metric,
      @Nullable Double floor,
      @Nullable Double ceiling,
      @Nullable Double confidence,
      Severity severity)
      implements GateSpec {}

  /**
   * Not worse than the champion on the same test rows, by paired bootstrap.
   *
   * @param champion {@code non-inferior}
   * @param margin how much worse is still accepted
   */
  @JsonDeserialize(using = JsonDeserializer.None.class)
  @JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
  record NonInferiority(
      String champion, String metric, double margin, double confidence, Severity severity)
      implements GateSpec {}

  /**
   * The metric of the worst slice.
   *
   * @param minRows fewer rows in every slice is {@code Rejected}; smaller slices are left out
   */
  @JsonDeserialize(using = JsonDeserializer.None.class)
  @JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
  record WorstSlice(Slice slice, String metric, double floor, int minRows, Severity severity)
      implements GateSpec {}

  /**
   * @param by columns; {@code AGE:quartiles} cuts a numeric one
   */
  record Slice(List<String> by) {
    public Slice {
      by = Checks.list(by);
    }
  }

  /**
   * Time of one prediction on the runtime that serves.
   *
   * @param latency {@code p50}, {@code p90}, {@code p95} or {@code p99}; {@code cold-p50} or {@code
   *     cold-p99} of a start with its first answer, where the target starts while a caller waits
   * @param on {@code target}: as the target runs it, or {@code here}: in the worker's process
   */
  @JsonDeserialize(using = JsonDeserializer.None.class)
  @JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
  record Latency(String latency, Duration ceiling, String on, Severity severity)
      implements GateSpec {}

  /** A person says yes. */
  @JsonDeserialize(using = JsonDeserializer.None.class)
  @JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
  record Approval(Approvers approval, Severity severity) implements GateSpec {}

  /**
   * @param role what the approvers must name as theirs
   * @param quorum how many different people
   * @param expires after which the answer is no
   */
  record Approvers(String role, int quorum, Duration expires) {}
}
