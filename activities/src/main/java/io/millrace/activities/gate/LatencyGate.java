package io.millrace.activities.gate;

import io.millrace.activities.page.Words;
import io.millrace.workflows.port.gate.Verdict;
import io.millrace.workflows.ref.Metric;
import io.millrace.workflows.spec.GateSpec;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;

/**
 * A quantile of the time one prediction takes on the runtime that serves, validation and encoding
 * included, network not. The observation is in milliseconds with the 95 % interval of the quantile
 * by order statistics (binomial ranks, normal approximation); the estimate decides.
 */
record LatencyGate(GateSpec.Latency spec) implements Gate {
  private static final Map<String, Double> RANKS =
      Map.of("p50", 0.50, "p90", 0.90, "p95", 0.95, "p99", 0.99);

  /** The JIT compiler has seen the path by then. */
  private static final int WARM_UP = 2000;

  /** 50 calls lie above p99. */
  private static final int CALLS = 5000;

  @Override
  public String name() {
    return "latency %s <= %s ms".formatted(spec.latency(), Words.number(ceiling()));
  }

  @Override
  public GateSpec.Severity severity() {
    return spec.severity();
  }

  private double ceiling() {
    return spec.ceiling().toNanos() / 1e6;
  }

  @Override
  public Verdict judge(Evidence evidence) {
    Double rank = RANKS.get(spec.latency().toLowerCase(Locale.ROOT));
    if (rank == null) {
      return unmeasured(
          ceiling(), "latency: %s (expected: p50, p90, p95 or p99)".formatted(spec.latency()));
    }
    double[] times = evidence.latencies(WARM_UP, CALLS);
    Arrays.sort(times);
    if (times.length < CALLS || !Double.isFinite(times[times.length - 1])) {
      return unmeasured(
          ceiling(),
          "%s of %s predictions of test rows were answered: the time cannot be judged."
              .formatted(Words.count(times.length), Words.count(CALLS)));
    }
    double value = at(times, rank * times.length);
    double spread = 1.96 * Math.sqrt(times.length * rank * (1 - rank));
    double low = at(times, rank * times.length - spread);
    double high = at(times, rank * times.length + spread + 1);
    boolean accepted = value <= ceiling();
    return verdict(
        accepted,
        new Metric("latency-" + spec.latency() + "-ms", value, low, high, times.length),
        ceiling(),
        "%s of %s single-row predictions on the serving runtime is %s ms; the ceiling %s ms %s."
            .formatted(
                spec.latency(),
                Words.count(times.length),
                Words.number(value),
                Words.number(ceiling()),
                accepted ? "holds" : "does not hold"));
  }

  /** The value with this 1-based rank, rounded up. */
  private static double at(double[] sorted, double rank) {
    int index = (int) Math.ceil(rank) - 1;
    return sorted[Math.clamp(index, 0, sorted.length - 1)];
  }
}
