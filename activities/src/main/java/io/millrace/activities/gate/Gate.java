package io.millrace.activities.gate;

import io.millrace.workflows.port.gate.Verdict;
import io.millrace.workflows.ref.Metric;
import io.millrace.workflows.spec.GateSpec;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One declared check. Fails closed: what cannot be measured is {@code Rejected} with a sentence
 * that says what is missing.
 */
sealed interface Gate
    permits MetricFloorGate, NonInferiorityGate, WorstSliceGate, LatencyGate, RuntimesGate {
  /** The gate as the spec declares it, in a few words. */
  String name();

  GateSpec.Severity severity();

  Verdict judge(Evidence evidence);

  /** The class for a declared gate; empty for approvals, which people give. */
  static Optional<Gate> of(GateSpec spec) {
    return switch (spec) {
      case GateSpec.MetricBound bound -> Optional.of(new MetricFloorGate(bound));
      case GateSpec.NonInferiority champion -> Optional.of(new NonInferiorityGate(champion));
      case GateSpec.WorstSlice slice -> Optional.of(new WorstSliceGate(slice));
      case GateSpec.Latency latency -> Optional.of(new LatencyGate(latency));
      case GateSpec.Approval approval -> Optional.empty();
    };
  }

  /** A verdict of this gate. */
  default Verdict verdict(
      boolean accepted, @Nullable Metric observation, @Nullable Double threshold, String sentence) {
    return accepted
        ? new Verdict.Accepted(name(), severity(), observation, threshold, sentence)
        : new Verdict.Rejected(name(), severity(), observation, threshold, sentence);
  }

  /** The answer when nothing could be measured. */
  default Verdict unmeasured(@Nullable Double threshold, String why) {
    return verdict(false, null, threshold, why);
  }
}
