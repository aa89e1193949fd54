package io.millrace.activities.gate;

import io.millrace.activities.gate.TargetMeter.Measured;
import io.millrace.activities.page.Words;
import io.millrace.workflows.port.gate.Verdict;
import io.millrace.workflows.ref.Metric;
import io.millrace.workflows.spec.GateSpec;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * A quantile of the time one prediction takes. On the runtime that serves, in this process:
 * validation and encoding included, network not. For a target that has a {@link TargetMeter},
 * unless the spec says {@code on: here}: of a request to an instance there, warm, or with {@code
 * cold-} of its start and first answer. The observation is in milliseconds with the 95 % interval
 * of the quantile; the estimate decides.
 */
record LatencyGate(GateSpec.Latency spec) implements Gate {
  private static final String COLD = "cold-";

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
    String latency = spec.latency().toLowerCase(Locale.ROOT);
    boolean cold = latency.startsWith(COLD);
    String rank = cold ? latency.substring(COLD.length()) : latency;
    if (!Quantile.RANKS.containsKey(rank)) {
      return unmeasured(
          ceiling(),
          "latency: %s (expected: p50, p90, p95 or p99, or cold-p50 or cold-p99)"
              .formatted(spec.latency()));
    }
    if (!spec.on().equals("here")) {
      OnTarget.Found found = evidence.onTarget().orElse(null);
      if (found != null) {
        Measured measured = found.measured();
        return measured == null
            ? unmeasured(ceiling(), "The target cannot be measured: " + found.problem() + ".")
            : there(measured, cold, rank);
      }
    }
    return cold
        ? unmeasured(
            ceiling(),
            "latency: %s (expected: p50, p90, p95 or p99: no start is measured there)"
                .formatted(spec.latency()))
        : here(evidence, rank);
  }

  private Verdict there(Measured measured, boolean cold, String rank) {
    List<Double> times = cold ? measured.cold() : measured.warm();
    Verdict verdict =
        judged(
            Quantile.of(times).metric("latency-" + spec.latency() + "-ms", rank),
            "%s of %s %s %s"
                .formatted(
                    rank,
                    Words.count(times.size()),
                    cold ? "starts with a first answer of" : "single-row requests to",
                    measured.where()));
    return verdict(
        verdict instanceof Verdict.Accepted,
        verdict.observation(),
        verdict.threshold(),
        verdict.sentence() + " " + facts(measured));
  }

  /** The other numbers, for whoever reads the one that was judged. */
  private static String facts(Measured measured) {
    Double megabytes = measured.megabytes();
    return "Cold p50 %s ms and p99 %s ms of %s starts, warm p50 %s ms and p99 %s ms%s."
        .formatted(
            value(measured.cold(), "p50"),
            value(measured.cold(), "p99"),
            Words.count(measured.cold().size()),
            value(measured.warm(), "p50"),
            value(measured.warm(), "p99"),
            megabytes == null
                ? ""
                : ", %s MB resident".formatted(Words.count(Math.round(megabytes))));
  }

  private static String value(List<Double> times, String rank) {
    return Words.number(Quantile.of(times).metric(rank, rank).value());
  }

  private Verdict here(Evidence evidence, String rank) {
    double[] times = evidence.latencies(WARM_UP, CALLS);
    if (times.length < CALLS || !Double.isFinite(Arrays.stream(times).max().orElse(Double.NaN))) {
      return unmeasured(
          ceiling(),
          "%s of %s predictions of test rows were answered: the time cannot be judged."
              .formatted(Words.count(times.length), Words.count(CALLS)));
    }
    return judged(
        Quantile.of(times).metric("latency-" + spec.latency() + "-ms", rank),
        "%s of %s single-row predictions on the serving runtime"
            .formatted(spec.latency(), Words.count(times.length)));
  }

  private Verdict judged(Metric seen, String what) {
    boolean accepted = seen.value() <= ceiling();
    return verdict(
        accepted,
        seen,
        ceiling(),
        "%s is %s ms; the ceiling %s ms %s."
            .formatted(
                what,
                Words.number(seen.value()),
                Words.number(ceiling()),
                accepted ? "holds" : "does not hold"));
  }
}
