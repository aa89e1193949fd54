package io.millrace.workflows.rollout;

import io.millrace.workflows.port.deploy.DeployActivities.LatencyCounts;
import io.millrace.workflows.port.deploy.DeployActivities.VersionTraffic;
import io.millrace.workflows.spec.DeploymentSpec.RolloutSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Judges one stage of a rollout by tests that hold at every look ({@link Evidence}). A version is
 * broken when chance is as good as excluded <em>and</em> the difference is one that matters; so a
 * look more costs nothing, and a bake that ends early ends for a breach only.
 *
 * <p>The chance that a version which is no different is rolled back is at most {@link #ALPHA} over
 * the whole rollout: each rule of each stage gets an equal part of it.
 */
final class SequentialAnalysis implements StageJudge {
  /** Chance of a false alarm over the whole rollout. */
  static final double ALPHA = 0.01;

  /** Errors: a difference of half a percentage point matters. */
  private static final double ERROR_MARGIN = 0.005;

  /** The rate of errors that is held against a version that there is no other to compare with. */
  private static final double ERROR_RATE = 0.01;

  /** Latency: more than twice the old p99, and worse by more than this many milliseconds. */
  private static final double LATENCY_FACTOR = 2;

  private static final double LATENCY_MARGIN = 5;

  /** A PSI that is called a major shift; the usual limit of credit scoring. */
  private static final double SCORE_SHIFT = 0.25;

  /** PSI's bias without any shift is its degrees of freedom, some nine, times (1/n + 1/m). */
  private static final double PSI_BIAS = 9;

  /** Fewer requests say nothing, however many of them failed. */
  private static final int LEAST_REQUESTS = 10;

  /** Requests of the old version that its limit of latency is learned from. */
  private static final int LEARNED = 200;

  /** Fewer say nothing about a p99 or a distribution. */
  static final int LEAST_SAMPLE = 100;

  /** Pseudo events: two look for rates that differ by much, ten for distributions that do not. */
  private static final double RATES = 2;

  static final double DISTRIBUTIONS = 10;

  private final RolloutSpec rules;
  private final double share;
  private final @Nullable VersionTraffic baseline;
  private final QualityAnalysis quality;
  private final double enough;
  private double limit = Double.NaN;
  private @Nullable LatencyCounts freshMark;
  private @Nullable LatencyCounts oldMark;

  /**
   * @param stages of the whole rollout
   * @param share of the new version among the requests that both answer, in (0, 1); 1 when the old
   *     version answers none
   * @param baseline the old version while it had traffic; null when it was not seen
   * @param quality of the whole rollout
   */
  SequentialAnalysis(
      RolloutSpec rules,
      int stages,
      double share,
      @Nullable VersionTraffic baseline,
      QualityAnalysis quality) {
    this.rules = rules;
    this.share = share;
    this.baseline = baseline;
    this.quality = quality;
    this.enough =
        StrictMath.log(Math.max(1, rules.rollbackOn().size()) * Math.max(1, stages) / ALPHA);
  }

  @Override
  public Judgement look(VersionTraffic fresh, VersionTraffic now, boolean last) {
    // where both serve, but other requests, they are compared as if one came after the other
    VersionTraffic old = together() || (baseline == null && now.requests() > 0) ? now : baseline;
    List<String> broken = new ArrayList<>();
    if (judges("errors")) {
      errors(fresh, old).ifPresent(broken::add);
    }
    if (judges("latency") && old != null) {
      latency(fresh, old, last).ifPresent(broken::add);
    }
    if (judges("score-shift") && old != null) {
      scores(fresh, old, last).ifPresent(broken::add);
    }
    String count = fresh.requests() + " requests";
    if (fresh.requests() < rules.minRequests()) {
      count += ", fewer than the " + rules.minRequests() + " asked for: judged on what there is";
    }
    if (judges("quality")) {
      double seen = together() && old != null ? share(fresh.requests(), old.requests()) : 1;
      QualityAnalysis.Finding found = quality.look(fresh, old, now.quality(), seen, enough);
      if (found.broken()) {
        broken.add(found.sentence());
      } else {
        count += ", " + found.sentence();
      }
    }
    String verdict = broken.isEmpty() ? "nothing worse" : String.join("; ", broken);
    return new Judgement(broken, verdict + " (" + count + ")");
  }

  private boolean judges(String rule) {
    return rules.rollbackOn().contains(rule);
  }

  private boolean together() {
    return share < 1;
  }

  /** What share the new version had really; a target that splits roughly must not look guilty. */
  private double share(double fresh, double old) {
    double seen = fresh + old > 0 ? fresh / (fresh + old) : 0;
    return Math.min(0.999, Math.max(share, seen));
  }

  private Optional<String> errors(VersionTraffic fresh, @Nullable VersionTraffic old) {
    double n = fresh.requests();
    double k = fresh.errors();
    double m = old == null ? 0 : old.requests();
    double l = old == null ? 0 : old.errors();
    double before = m == 0 ? 0 : l / m;
    if (n < LEAST_REQUESTS || k / n < before + ERROR_MARGIN) {
      return Optional.empty();
    }
    double evidence;
    if (together()) {
      evidence = Evidence.split(new double[] {k}, new double[] {l}, share(n, m), RATES);
    } else if (m > 0) {
      evidence = Evidence.pooled(new double[] {k, n - k}, new double[] {l, m - l});
    } else {
      evidence = k / n > ERROR_RATE ? Evidence.against(k, n - k, ERROR_RATE) : 0;
    }
    return evidence < enough
        ? Optional.empty()
        : Optional.of(
            text(
                "errors: %.0f of %.0f, the old version %.0f of %.0f (expected: no more often)",
                k, n, l, m));
  }

  /** Slow is what is slower than the old version's limit, which is learned and then fixed. */
  private Optional<String> latency(VersionTraffic fresh, VersionTraffic old, boolean last) {
    if (fresh.latency() == null || old.latency() == null) {
      return last ? estimatedLatency(fresh, old) : Optional.empty();
    }
    if (Double.isNaN(limit)) {
      if (LatencyBuckets.total(old.latency()) >= LEARNED) {
        // answers so far do not count: the limit comes of them, and a fresh version is cold
        limit = limit(LatencyBuckets.millis(old.latency(), 0.99));
        freshMark = fresh.latency();
        oldMark = together() ? old.latency() : null;
      }
      return Optional.empty();
    }
    LatencyCounts mine = LatencyBuckets.since(fresh.latency(), freshMark);
    LatencyCounts others = LatencyBuckets.since(old.latency(), oldMark);
    double n = LatencyBuckets.total(mine);
    double m = LatencyBuckets.total(others);
    double p99 = LatencyBuckets.millis(mine, 0.99);
    double before = LatencyBuckets.millis(m > 0 ? others : oldMark, 0.99);
    if (n < LEAST_SAMPLE || p99 <= limit(before)) {
      return Optional.empty();
    }
    double k = LatencyBuckets.slower(mine, limit);
    double l = LatencyBuckets.slower(others, limit);
    double evidence =
        together()
            ? Evidence.split(new double[] {k}, new double[] {l}, share(n, m), RATES)
            : Evidence.pooled(new double[] {k, n - k}, new double[] {l, m - l});
    return evidence < enough
        ? Optional.empty()
        : Optional.of(
            text(
                "latency: p99 %.1f ms, %.0f of %.0f slower than %.1f ms (expected: at most twice"
                    + " the old version's %.1f ms)",
                p99, k, n, limit, before));
  }

  private static double limit(double p99) {
    return Math.max(LATENCY_FACTOR * p99, p99 + LATENCY_MARGIN);
  }

  /** Of a target that counts no buckets: the estimates at the end of the bake. */
  private static Optional<String> estimatedLatency(VersionTraffic fresh, VersionTraffic old) {
    Double now = fresh.p99();
    Double before = old.p99();
    return fresh.requests() < LEAST_SAMPLE || now == null || before == null || now <= limit(before)
        ? Optional.empty()
        : Optional.of(text("latency: p99 %.1f ms (expected: at most twice %.1f ms)", now, before));
  }

  private Optional<String> scores(VersionTraffic fresh, VersionTraffic old, boolean last) {
    boolean counted = fresh.scores() != null && old.scores() != null;
    double[] mine = counts(fresh);
    double[] others = counts(old);
    Double psi =
        counted ? ScoreShift.of(mine, others).orElse(null) : last ? fresh.scoreShift() : null;
    if (psi == null || fresh.requests() < LEAST_SAMPLE || old.requests() == 0) {
      return Optional.empty();
    }
    double noise = 1.0 / fresh.requests() + 1.0 / old.requests();
    // two standard deviations of the estimate, whose variance is about 4 PSI (1/n + 1/m)
    double least = psi - PSI_BIAS * noise - 2 * Math.sqrt(4 * psi * noise);
    if (least < SCORE_SHIFT && (counted || psi < SCORE_SHIFT + 44 * noise)) {
      return Optional.empty();
    }
    if (counted) {
      double[] a = scaled(mine, fresh.requests());
      double[] b = scaled(others, old.requests());
      double evidence =
          together()
              ? Evidence.split(a, b, share(fresh.requests(), old.requests()), DISTRIBUTIONS)
              : Evidence.pooled(a, b);
      if (evidence < enough) {
        return Optional.empty();
      }
    }
    return Optional.of(
        text(
            "score-shift: PSI %.2f against the old version (expected: below %.2f)",
            psi, SCORE_SHIFT));
  }

  static double[] counts(VersionTraffic traffic) {
    List<Long> scores = traffic.scores();
    return scores == null
        ? new double[0]
        : scores.stream().mapToDouble(Long::doubleValue).toArray();
  }

  /** Rows of one request are alike: a request weighs one, however many rows it has. */
  static double[] scaled(double[] rows, long requests) {
    double sum = 0;
    for (double count : rows) {
      sum += count;
    }
    double factor = sum > requests ? requests / sum : 1;
    double[] scaled = new double[rows.length];
    for (int i = 0; i < rows.length; i++) {
      scaled[i] = rows[i] * factor;
    }
    return scaled;
  }

  private static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
