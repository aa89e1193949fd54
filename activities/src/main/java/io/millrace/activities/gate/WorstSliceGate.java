package io.millrace.activities.gate;

import io.millrace.activities.dataset.Table;
import io.millrace.activities.page.Words;
import io.millrace.workflows.port.gate.Verdict;
import io.millrace.workflows.ref.Metric;
import io.millrace.workflows.spec.GateSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The metric of the worst slice of any listed column is at least the floor. Slices with fewer rows
 * than asked for are left out, but each listed column must leave one; a slice with enough rows
 * whose metric is undefined (one class only) is {@code Rejected}. The observation is the worst
 * slice's estimate with its central 95 % interval; the estimate decides.
 */
record WorstSliceGate(GateSpec.WorstSlice spec) implements Gate {
  private static final String QUARTILES = ":quartiles";

  @Override
  public String name() {
    return "%s >= %s in the worst slice by %s"
        .formatted(spec.metric(), Words.number(spec.floor()), String.join(", ", spec.slice().by()));
  }

  @Override
  public GateSpec.Severity severity() {
    return spec.severity();
  }

  private record Worst(Slices.Slice slice, Scored rows, WeightedMetric metric, double value) {}

  @Override
  public Verdict judge(Evidence evidence) {
    Scored all = evidence.model();
    if (spec.slice().by().isEmpty()) {
      return unmeasured(spec.floor(), "No column is named to slice by.");
    }
    if (!WeightedMetrics.moreIsBetter(spec.metric())) {
      return unmeasured(
          spec.floor(),
          "metric: %s (expected: one where more is better, it has a floor)"
              .formatted(spec.metric()));
    }
    if (!WeightedMetrics.names(all.task()).contains(spec.metric())) {
      return unmeasured(spec.floor(), Unmeasured.unknown(spec.metric(), all.task()));
    }
    if (all.rows() == 0 || !all.finite()) {
      return unmeasured(spec.floor(), Unmeasured.bad(all, "test split"));
    }
    Worst worst = null;
    int measured = 0;
    int left = 0;
    for (String by : spec.slice().by()) {
      List<Slices.Slice> slices = new ArrayList<>();
      String problem = cut(evidence, by, slices);
      if (problem != null) {
        return unmeasured(spec.floor(), problem);
      }
      List<Slices.Slice> enough =
          slices.stream().filter(s -> s.rows().length >= Math.max(1, spec.minRows())).toList();
      if (enough.isEmpty()) {
        return unmeasured(
            spec.floor(),
            "No slice of %s has %s rows.".formatted(by, Words.count(Math.max(1, spec.minRows()))));
      }
      left += slices.size() - enough.size();
      for (Slices.Slice slice : enough) {
        Scored rows = all.only(slice.rows());
        WeightedMetric metric = WeightedMetrics.of(spec.metric(), rows).orElseThrow();
        double value = metric.value(WeightedMetrics.once(rows.rows()));
        if (!Double.isFinite(value)) {
          return unmeasured(
              spec.floor(), Unmeasured.undefined(spec.metric(), rows, "slice " + slice.name()));
        }
        measured++;
        if (worst == null || value < worst.value()) {
          worst = new Worst(slice, rows, metric, value);
        }
      }
    }
    if (worst == null) {
      return unmeasured(spec.floor(), "There is no slice.");
    }
    Optional<Bootstrap.Distribution> draws =
        evidence.bootstrap().of(worst.metric(), worst.rows().rows());
    boolean accepted = worst.value() >= spec.floor();
    return verdict(
        accepted,
        new Metric(
            spec.metric(),
            worst.value(),
            draws.map(d -> d.low(0.95)).orElse(null),
            draws.map(d -> d.high(0.95)).orElse(null),
            worst.rows().rows()),
        spec.floor(),
        "The worst of %d slices is %s with %s %s on %s rows; the floor %s %s%s."
            .formatted(
                measured,
                worst.slice().name(),
                spec.metric(),
                Words.number(worst.value()),
                Words.count(worst.rows().rows()),
                Words.number(spec.floor()),
                accepted ? "holds" : "does not hold",
                left == 0
                    ? ""
                    : "; %d with fewer than %s rows left out"
                        .formatted(left, Words.count(spec.minRows()))));
  }

  /** The column that is listed, without what says how to cut it. */
  static String column(String by) {
    return by.endsWith(QUARTILES) ? by.substring(0, by.length() - QUARTILES.length()) : by;
  }

  /** Adds the slices of one listed column; a sentence when it cannot be cut. */
  private static @Nullable String cut(Evidence evidence, String by, List<Slices.Slice> slices) {
    boolean quartiles = by.endsWith(QUARTILES);
    String name = column(by);
    Optional<Table.Column> column = evidence.column(name);
    if (column.isEmpty()) {
      return "slice: %s (expected: a column of the dataset)".formatted(name);
    }
    if (!quartiles) {
      try {
        slices.addAll(Slices.byValue(name, column.get()));
        return null;
      } catch (IllegalArgumentException e) {
        return e.getMessage();
      }
    }
    if (column.get() instanceof Table.Numbers numbers) {
      slices.addAll(Slices.byQuartile(name, numbers.values()));
      return null;
    }
    return "slice: %s (expected: a column of numbers for quartiles)".formatted(name);
  }
}
