package io.millrace.activities.gate;

import io.millrace.activities.page.Words;
import io.millrace.workflows.port.gate.Verdict;
import io.millrace.workflows.ref.Metric;
import io.millrace.workflows.spec.GateSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A metric against a floor, a ceiling, or both. With a confidence {@code c} the bound must hold
 * with that confidence: the one-sided bootstrap bound is compared, and the observation's interval
 * is from the one-sided lower to the one-sided upper bound. Without one, the estimate is compared
 * and the interval is the central 95 %.
 */
record MetricFloorGate(GateSpec.MetricBound spec) implements Gate {
  @Override
  public String name() {
    List<String> parts = new ArrayList<>();
    if (spec.floor() != null) {
      parts.add(">= " + Words.number(spec.floor()));
    }
    if (spec.ceiling() != null) {
      parts.add("<= " + Words.number(spec.ceiling()));
    }
    String confidence =
        spec.confidence() == null
            ? ""
            : " with " + Words.percent(spec.confidence()) + " confidence";
    return spec.metric() + " " + String.join(" and ", parts) + confidence;
  }

  @Override
  public GateSpec.Severity severity() {
    return spec.severity();
  }

  private @Nullable Double threshold() {
    return spec.floor() != null ? spec.floor() : spec.ceiling();
  }

  @Override
  public Verdict judge(Evidence evidence) {
    Scored rows = evidence.model();
    if (threshold() == null) {
      return unmeasured(null, spec.metric() + " has no floor and no ceiling to be held against.");
    }
    Optional<WeightedMetric> metric = WeightedMetrics.of(spec.metric(), rows);
    if (metric.isEmpty()) {
      return unmeasured(threshold(), Unmeasured.unknown(spec.metric(), rows.task()));
    }
    if (rows.rows() == 0 || !rows.finite()) {
      return unmeasured(threshold(), Unmeasured.bad(rows, "test split"));
    }
    double value = metric.get().value(WeightedMetrics.once(rows.rows()));
    if (!Double.isFinite(value)) {
      return unmeasured(threshold(), Unmeasured.undefined(spec.metric(), rows, "test split"));
    }
    Optional<Bootstrap.Distribution> draws = evidence.bootstrap().of(metric.get(), rows.rows());
    Double confidence = spec.confidence();
    if (confidence == null) {
      Metric seen =
          new Metric(
              spec.metric(),
              value,
              draws.map(d -> d.low(0.95)).orElse(null),
              draws.map(d -> d.high(0.95)).orElse(null),
              rows.rows());
      return compare(seen, value, value, "");
    }
    if (draws.isEmpty()) {
      return unmeasured(
          threshold(),
          "%s is %s, but %s rows are too few for an interval."
              .formatted(spec.metric(), Words.number(value), Words.count(rows.rows())));
    }
    double low = draws.get().quantile(1 - confidence);
    double high = draws.get().quantile(confidence);
    return compare(
        new Metric(spec.metric(), value, low, high, rows.rows()),
        low,
        high,
        " with " + Words.percent(confidence) + " confidence");
  }

  private Verdict compare(Metric seen, double low, double high, String how) {
    Double floor = spec.floor();
    Double ceiling = spec.ceiling();
    List<String> clauses = new ArrayList<>();
    boolean accepted = true;
    if (floor != null) {
      boolean holds = low >= floor;
      accepted &= holds;
      clauses.add(clause(seen, low, holds, "at least", "floor", floor, how));
    }
    if (ceiling != null) {
      boolean holds = high <= ceiling;
      accepted &= holds;
      clauses.add(clause(seen, high, holds, "at most", "ceiling", ceiling, how));
    }
    return verdict(
        accepted,
        seen,
        threshold(),
        "%s is %s on %s test rows%s."
            .formatted(
                spec.metric(),
                Words.number(seen.value()),
                Words.count(seen.rows()),
                String.join("", clauses)));
  }

  private static String clause(
      Metric seen, double end, boolean holds, String side, String word, double bound, String how) {
    String claim = how.isEmpty() ? "" : ", %s %s%s".formatted(side, Words.number(end), how);
    return "%s; the %s %s %s"
        .formatted(claim, word, Words.number(bound), holds ? "holds" : "does not hold");
  }
}
