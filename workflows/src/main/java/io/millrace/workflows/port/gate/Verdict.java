package io.millrace.workflows.port.gate;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.millrace.workflows.ref.Metric;
import io.millrace.workflows.spec.GateSpec;
import org.jspecify.annotations.Nullable;

/** What a gate found: a result, never a failure. A gate that could not run is a failure. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
  @JsonSubTypes.Type(value = Verdict.Accepted.class, name = "accepted"),
  @JsonSubTypes.Type(value = Verdict.Rejected.class, name = "rejected")
})
public sealed interface Verdict {
  /** The gate as the spec declares it, in a few words. */
  String gate();

  GateSpec.Severity severity();

  /** What was measured; null when nothing could be, which is always {@link Rejected}. */
  @Nullable Metric observation();

  /** What it was held against; null when the gate has none. */
  @Nullable Double threshold();

  /** Why, for a person. */
  String sentence();

  record Accepted(
      String gate,
      GateSpec.Severity severity,
      @Nullable Metric observation,
      @Nullable Double threshold,
      String sentence)
      implements Verdict {}

  record Rejected(
      String gate,
      GateSpec.Severity severity,
      @Nullable Metric observation,
      @Nullable Double threshold,
      String sentence)
      implements Verdict {}
}
