package io.millrace.workflows.rollout;

import io.millrace.workflows.port.deploy.DeployActivities.VersionTraffic;
import io.millrace.workflows.spec.DeploymentSpec.RolloutSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Judges the new version's traffic against the old one's, as rollouts did that began before {@link
 * SequentialAnalysis}. To be removed with {@link RolloutImpl#SEQUENTIAL} when no such rollout is
 * under way or kept as a history.
 *
 * <p>At the end of a bake the estimates count. Before it, a version is broken only when chance is
 * as good as excluded, because looking often would otherwise find something sooner or later.
 */
final class ThresholdAnalysis {
  /** Errors: worse by more than this share, and more than twice the old version's rate. */
  private static final double ERROR_MARGIN = 0.01;

  private static final double ERROR_FACTOR = 2;

  /** Latency: more than twice the old p99, and worse by more than this many milliseconds. */
  private static final double LATENCY_FACTOR = 2;

  private static final double LATENCY_MARGIN = 5;

  /** A PSI that is called a major shift; the usual limit of credit scoring. */
  private static final double SCORE_SHIFT = 0.25;

  /**
   * Without any shift PSI over 20 bins is about chi-squared(19) · (1/n + 1/m); this is that
   * distribution's 99.9 % point. With few requests the limit is what chance alone can reach.
   */
  private static final double PSI_CHANCE = 43.8;

  /** One-sided normal quantile of 0.9995: at most 60 looks per step keep chance below 3 %. */
  private static final double EARLY_Z = 3.29;

  /** Fewer requests say nothing, however many of them failed. */
  private static final int EARLY_REQUESTS = 10;

  private final RolloutSpec rules;

  ThresholdAnalysis(RolloutSpec rules) {
    this.rules = rules;
  }

  /** Clearly broken already? */
  Judgement early(VersionTraffic fresh, @Nullable VersionTraffic old) {
    List<String> broken = new ArrayList<>();
    if (fresh.requests() >= EARLY_REQUESTS
        && judges("errors")
        && lowerBound(fresh.errors(), fresh.requests()) > errorLimit(old)) {
      broken.add(errors(fresh, old));
    }
    if (fresh.requests() >= Math.max(100, rules.minRequests())) {
      latencyAndScores(fresh, old, broken);
    }
    return judged(broken, fresh);
  }

  /** The verdict when the bake is over. */
  Judgement last(VersionTraffic fresh, @Nullable VersionTraffic old) {
    List<String> broken = new ArrayList<>();
    if (fresh.requests() > 0) {
      if (judges("errors") && rate(fresh) > errorLimit(old)) {
        broken.add(errors(fresh, old));
      }
      latencyAndScores(fresh, old, broken);
    }
    return judged(broken, fresh);
  }

  private void latencyAndScores(
      VersionTraffic fresh, @Nullable VersionTraffic old, List<String> broken) {
    if (judges("latency") && old != null && fresh.p99() != null && old.p99() != null) {
      double now = fresh.p99();
      double before = old.p99();
      if (now > LATENCY_FACTOR * before && now - before > LATENCY_MARGIN) {
        broken.add(text("latency: p99 %.1f ms (expected: at most twice %.1f ms)", now, before));
      }
    }
    if (judges("score-shift") && old != null && fresh.scoreShift() != null) {
      double limit = Math.max(SCORE_SHIFT, PSI_CHANCE * (inverse(fresh) + inverse(old)));
      if (fresh.scoreShift() >= limit) {
        broken.add(
            text(
                "score-shift: PSI %.2f against the old version (expected: below %.2f)",
                fresh.scoreShift(), limit));
      }
    }
  }

  private Judgement judged(List<String> broken, VersionTraffic fresh) {
    String count = fresh.requests() + " requests";
    if (fresh.requests() < rules.minRequests()) {
      count += ", fewer than the " + rules.minRequests() + " asked for: judged on what there is";
    }
    String verdict = broken.isEmpty() ? "nothing worse" : String.join("; ", broken);
    return new Judgement(List.copyOf(broken), verdict + " (" + count + ")");
  }

  private boolean judges(String rule) {
    return rules.rollbackOn().contains(rule);
  }

  private static double errorLimit(@Nullable VersionTraffic old) {
    double before = old == null || old.requests() == 0 ? 0 : rate(old);
    return Math.max(before + ERROR_MARGIN, before * ERROR_FACTOR);
  }

  private static String errors(VersionTraffic fresh, @Nullable VersionTraffic old) {
    return text(
        "errors: %d of %d (expected: a rate of at most %.1f %%)",
        fresh.errors(), fresh.requests(), 100 * errorLimit(old));
  }

  private static double rate(VersionTraffic traffic) {
    return (double) traffic.errors() / traffic.requests();
  }

  private static double inverse(VersionTraffic traffic) {
    return traffic.requests() == 0 ? 1 : 1.0 / traffic.requests();
  }

  /** Lower end of Wilson's interval (Wilson 1927) for {@code k} of {@code n}. */
  static double lowerBound(long k, long n) {
    double p = (double) k / n;
    double z2 = EARLY_Z * EARLY_Z;
    double centre = p + z2 / (2 * n);
    double spread = EARLY_Z * Math.sqrt(p * (1 - p) / n + z2 / (4.0 * n * n));
    return (centre - spread) / (1 + z2 / n);
  }

  private static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
