package io.millrace.activities.gate;

import io.millrace.activities.page.Words;
import io.millrace.workflows.port.gate.Verdict;
import io.millrace.workflows.ref.Metric;
import io.millrace.workflows.spec.GateSpec;
import java.util.Optional;

/**
 * Not worse than the champion by more than the margin, on the same rows: the one-sided paired
 * bootstrap bound of the gain (positive is better, whatever the metric's direction) is at least
 * {@code -margin}. The observation is the gain, its interval from the one-sided lower to the
 * one-sided upper bound. Without a champion there is nothing to be worse than: accepted.
 */
record NonInferiorityGate(GateSpec.NonInferiority spec) implements Gate {
  @Override
  public String name() {
    return "%s not worse than the champion's by more than %s"
        .formatted(spec.metric(), Words.number(spec.margin()));
  }

  @Override
  public GateSpec.Severity severity() {
    return spec.severity();
  }

  @Override
  public Verdict judge(Evidence evidence) {
    double bound = -spec.margin();
    Optional<Evidence.Champion> champion = evidence.champion();
    if (champion.isEmpty()) {
      return verdict(true, null, bound, "There is no champion yet to compare with.");
    }
    Scored mine = evidence.model();
    Scored theirs = champion.get().scored();
    String who = "champion " + champion.get().version();
    if (theirs == null) {
      return unmeasured(
          bound,
          "The %s cannot be compared on these rows: %s.".formatted(who, champion.get().problem()));
    }
    if (theirs.rows() != mine.rows()) {
      return unmeasured(bound, "The %s was not scored on the same rows.".formatted(who));
    }
    Optional<WeightedMetric> a = WeightedMetrics.of(spec.metric(), mine);
    Optional<WeightedMetric> b = WeightedMetrics.of(spec.metric(), theirs);
    if (a.isEmpty() || b.isEmpty()) {
      return unmeasured(bound, Unmeasured.unknown(spec.metric(), mine.task()));
    }
    if (mine.rows() == 0 || !mine.finite() || !theirs.finite()) {
      return unmeasured(bound, Unmeasured.bad(mine.finite() ? theirs : mine, "test split"));
    }
    int[] once = WeightedMetrics.once(mine.rows());
    double value = a.get().value(once);
    double champions = b.get().value(once);
    if (!Double.isFinite(value) || !Double.isFinite(champions)) {
      return unmeasured(bound, Unmeasured.undefined(spec.metric(), mine, "test split"));
    }
    boolean more = WeightedMetrics.moreIsBetter(spec.metric());
    Optional<Bootstrap.Distribution> draws =
        more
            ? evidence.bootstrap().difference(a.get(), b.get(), mine.rows())
            : evidence.bootstrap().difference(b.get(), a.get(), mine.rows());
    if (draws.isEmpty()) {
      return unmeasured(
          bound, "%s rows are too few to compare.".formatted(Words.count(mine.rows())));
    }
    double gain = more ? value - champions : champions - value;
    double low = draws.get().quantile(1 - spec.confidence());
    double high = draws.get().quantile(spec.confidence());
    boolean accepted = low >= bound;
    return verdict(
        accepted,
        new Metric(spec.metric() + " gain", gain, low, high, mine.rows()),
        bound,
        "%s is %s, the %s has %s on the same %s rows: better by %s, at least %s with %s confidence; %s may be lost%s."
            .formatted(
                spec.metric(),
                Words.number(value),
                who,
                Words.number(champions),
                Words.count(mine.rows()),
                Words.signed(gain),
                Words.signed(low),
                Words.percent(spec.confidence()),
                Words.number(spec.margin()),
                accepted ? "" : ", so it is rejected"));
  }
}
