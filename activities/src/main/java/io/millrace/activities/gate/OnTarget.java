package io.millrace.activities.gate;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.millrace.activities.gate.TargetMeter.Measured;
import io.millrace.activities.gate.TargetMeter.TargetUnmeasured;
import io.millrace.workflows.port.gate.GateActivities.GateRequest;
import io.millrace.workflows.ref.Metric;
import io.millrace.workflows.ref.ModelRef;
import io.millrace.workflows.spec.TargetSpec;
import io.millrace.workflows.wire.PayloadJson;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * How the candidate starts and answers where it is to be deployed: asked for by the first gate that
 * wants to know, and measured once.
 */
final class OnTarget {
  private static final double MEGABYTE_DIGITS = 10;

  private final @Nullable TargetMeter meter;
  private final GateRequest request;
  private final Path folder;
  private @Nullable Found found;

  /**
   * @param measured null when it could not be
   * @param problem why not; null when it could
   */
  record Found(@Nullable Measured measured, @Nullable String problem) {}

  /**
   * @param meters of the targets that have one
   * @param folder the candidate's package
   */
  OnTarget(List<TargetMeter> meters, GateRequest request, Path folder) {
    TargetSpec target = request.target();
    this.meter =
        target == null
            ? null
            : meters.stream().filter(m -> m.measures(target)).findFirst().orElse(null);
    this.request = request;
    this.folder = folder;
  }

  /**
   * Empty when the target runs what this process runs, so that this process is where to measure.
   *
   * @param rows that the schema takes
   */
  Optional<Found> found(Supplier<List<Map<String, @Nullable Object>>> rows, Runnable beat) {
    TargetSpec target = request.target();
    if (meter == null || target == null) {
      return Optional.empty();
    }
    if (found == null) {
      found = measure(meter, target, rows.get(), beat);
    }
    return Optional.of(found);
  }

  private Found measure(
      TargetMeter meter,
      TargetSpec target,
      List<Map<String, @Nullable Object>> rows,
      Runnable beat) {
    if (rows.isEmpty()) {
      return new Found(null, "the test split has no row that the schema takes");
    }
    try {
      List<byte[]> bodies = new ArrayList<>();
      for (Map<String, @Nullable Object> row : rows) {
        bodies.add(PayloadJson.mapper().writeValueAsBytes(Map.of("instances", List.of(row))));
      }
      return new Found(
          meter.measure(
              new ModelRef(request.run().model(), 1, request.model().digest()),
              folder,
              target,
              bodies,
              beat),
          null);
    } catch (TargetUnmeasured e) {
      return new Found(null, e.getMessage());
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("rows of text and numbers are JSON", e);
    }
  }

  /** What was measured, as far as a gate asked for it. */
  List<Metric> metrics() {
    Measured measured = found == null ? null : found.measured();
    if (measured == null) {
      return List.of();
    }
    List<Metric> metrics = new ArrayList<>();
    add(metrics, "cold", measured.cold());
    add(metrics, "warm", measured.warm());
    if (measured.megabytes() != null) {
      double rounded = Math.round(measured.megabytes() * MEGABYTE_DIGITS) / MEGABYTE_DIGITS;
      metrics.add(new Metric("target-memory-mb", rounded, null, null, measured.cold().size()));
    }
    return metrics;
  }

  private static void add(List<Metric> metrics, String what, List<Double> times) {
    Quantile quantile = Quantile.of(times);
    for (String rank : List.of("p50", "p99")) {
      metrics.add(quantile.metric("target-" + what + "-" + rank + "-ms", rank));
    }
  }
}
