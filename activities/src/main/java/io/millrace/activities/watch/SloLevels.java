package io.millrace.activities.watch;

import io.millrace.activities.watch.alert.AlertState.Level;
import io.millrace.inference.log.TrafficPart;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.deploy.DeployActivities.LatencyCounts;
import io.millrace.workflows.port.deploy.DeployActivities.VersionTraffic;
import io.millrace.workflows.port.watch.WatchActivities.DriftReport;
import io.millrace.workflows.port.watch.WatchActivities.Remark;
import io.millrace.workflows.port.watch.WatchActivities.WindowReport;
import io.millrace.workflows.spec.WatchSpec;
import io.millrace.workflows.spec.WatchSpec.SloSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * What is measured for the objectives of {@code watch.slo}: latency and errors of every version
 * that serves, as the endpoint counts them; predictions a second, cost, freshness and labels of the
 * champion, from Profiles and the check's report, and of the others that serve, shadows too, from
 * their logs ({@link OtherVersion}). A raw row is read for the labels of those alone.
 *
 * <p>A version is asked for its share of the throughput, by its weight now; a shadow's is measured
 * and held to nothing. What the endpoint costs is shared by the rows that all versions answered, so
 * that 1,000 predictions cost the same whichever gave them.
 *
 * <p>What cannot be measured is not kept, as with gates; where there is nothing to measure, such as
 * the latency of no request, an objective is neither kept nor broken.
 */
final class SloLevels {
  /**
   * Servers count so far back, a rollout's time; a check less often than that sees its last hour.
   */
  private static final Duration COUNTED = Duration.ofHours(1);

  private final WatchedVersion version;
  private final SloSpec slo;
  private final List<Level> levels = new ArrayList<>();

  private SloLevels(WatchedVersion version, SloSpec slo) {
    this.version = version;
    this.slo = slo;
  }

  /**
   * @param served what each version of an endpoint answered since a moment
   * @param others what other versions that serve answered
   * @param newest time of the champion's newest logged prediction; null when there is none
   * @param at the check's time
   * @param now the clock's: what was served is known of the last hour only
   */
  static List<Level> of(
      WatchedVersion version,
      DriftReport report,
      BiFunction<String, Instant, List<VersionTraffic>> served,
      List<OtherVersion> others,
      @Nullable Instant newest,
      Instant at,
      Instant now) {
    SloSpec slo = version.spec().watch().slo();
    if (slo == null) {
      return List.of();
    }
    SloLevels all = new SloLevels(version, slo);
    Duration every = version.spec().watch().schedule().every();
    if (!at.plus(every).isBefore(now)) {
      all.served(served, now.minus(every.compareTo(COUNTED) < 0 ? every : COUNTED));
    }
    all.logged(report, others);
    all.fresh(version.ref().version(), newest, at);
    all.labelled(report);
    others.forEach(other -> all.other(other, at));
    return List.copyOf(all.levels);
  }

  private void served(BiFunction<String, Instant, List<VersionTraffic>> served, Instant since) {
    if (slo.p50() == null && slo.p95() == null && slo.p99() == null && slo.errors() == null) {
      return;
    }
    List<VersionTraffic> versions;
    try {
      versions = served.apply(version.ref().name(), since);
    } catch (RuntimeException e) {
      String why = "could not be measured: " + Failures.sentence(e);
      int number = version.ref().version();
      latency("p50", slo.p50(), number, null, false, why);
      latency("p95", slo.p95(), number, null, false, why);
      latency("p99", slo.p99(), number, null, false, why);
      add("errors", slo.errors(), number, null, false, why);
      return;
    }
    for (VersionTraffic traffic : versions) {
      int number = traffic.version();
      String requests = "of " + Numbers.count(traffic.requests()) + " requests";
      latency(number, "p50", slo.p50(), quantile(traffic, 0.5), requests);
      latency(number, "p95", slo.p95(), quantile(traffic, 0.95), requests);
      latency(number, "p99", slo.p99(), quantile(traffic, 0.99), requests);
      Double most = slo.errors();
      if (most != null) {
        double share = (double) traffic.errors() / Math.max(1, traffic.requests());
        boolean any = traffic.requests() > 0;
        add(
            "errors",
            most,
            number,
            any ? share : null,
            any ? share <= most : null,
            any ? percent(share) + " " + requests + ", at most " + percent(most) : "no request");
      }
    }
  }

  private void latency(
      int number, String name, @Nullable Duration most, @Nullable Double millis, String requests) {
    if (most != null) {
      double target = most.toNanos() / 1e6;
      latency(
          name,
          most,
          number,
          millis,
          millis == null ? null : millis <= target,
          millis == null
              ? "no request"
              : String.format(
                  Locale.ROOT, "%.1f ms %s, at most %.1f ms", millis, requests, target));
    }
  }

  private void latency(
      String name,
      @Nullable Duration most,
      int number,
      @Nullable Double value,
      @Nullable Boolean met,
      String sentence) {
    if (most != null) {
      add(name, most.toNanos() / 1e6, number, value, met, sentence);
    }
  }

  private void add(
      String name,
      @Nullable Double target,
      int number,
      @Nullable Double value,
      @Nullable Boolean met,
      String sentence) {
    if (target != null) {
      levels.add(
          new Level(
              name, number, value, target, met, name + " of version " + number + ": " + sentence));
    }
  }

  /** Milliseconds, the upper end of the bucket; null without requests or where nobody knows. */
  static @Nullable Double quantile(VersionTraffic traffic, double q) {
    LatencyCounts latency = traffic.latency();
    if (traffic.requests() == 0) {
      return null;
    }
    if (latency == null) {
      return q == 0.5 ? traffic.p50() : q == 0.99 ? traffic.p99() : null;
    }
    long total = latency.counts().stream().mapToLong(Long::longValue).sum();
    long below = 0;
    for (int i = 0; i < latency.counts().size(); i++) {
      below += latency.counts().get(i);
      if (total > 0 && below >= q * total) {
        return TrafficPart.millis(latency.first() + i);
      }
    }
    return null;
  }

  /** Of the newest windows of the report, those with columns or with too few rows. */
  private void logged(DriftReport report, List<OtherVersion> others) {
    WatchSpec watch = version.spec().watch();
    boolean byTime = watch.window().rows() == null;
    List<WindowReport> windows =
        byTime && !report.windows().isEmpty()
            ? List.of(report.windows().getLast())
            : report.windows().stream().filter(window -> !window.columns().isEmpty()).toList();
    long rows = windows.stream().mapToLong(WindowReport::rows).sum();
    double seconds =
        windows.stream()
            .mapToDouble(w -> Duration.between(w.from(), w.to()).toMillis() / 1e3)
            .sum();
    if (seconds <= 0) {
      return;
    }
    int number = version.ref().version();
    // the others took the rest of the traffic
    double weight = others.stream().mapToDouble(other -> -other.weight()).sum() + 1;
    throughput(number, rows / seconds, Math.max(0, weight));
    long all = rows + others.stream().mapToLong(OtherVersion::rows).sum();
    cost(number, rows, all, seconds);
    others.forEach(other -> cost(other.version(), other.rows(), all, seconds));
  }

  private void throughput(int number, double rate, double weight) {
    Double least = slo.throughput();
    if (least == null) {
      return;
    }
    double share = least * weight;
    add(
        "throughput",
        share,
        number,
        rate,
        weight == 0 ? null : rate >= share,
        weight == 0
            ? String.format(Locale.ROOT, "%.3g predictions a second, as a shadow", rate)
            : String.format(Locale.ROOT, "%.3g predictions a second, at least %.3g", rate, share));
  }

  private void cost(int number, long rows, long all, double seconds) {
    Double most = slo.costPer1000();
    Double hourly = slo.hourlyCost();
    if (most != null && hourly != null) {
      Double cost = rows == 0 ? null : hourly * seconds / 3_600 / all * 1_000;
      add(
          "cost-per-1000",
          most,
          number,
          cost,
          cost == null ? null : cost <= most,
          cost == null
              ? "no prediction"
              : String.format(Locale.ROOT, "%.4f USD for 1,000, at most %.4f USD", cost, most));
    }
  }

  private void other(OtherVersion other, Instant at) {
    throughput(other.version(), other.rate(), other.weight());
    fresh(other.version(), other.newest(), at);
    Double least = slo.labels();
    if (least != null) {
      Double share = other.due() == 0 ? null : (double) other.labelled() / other.due();
      labels(other.version(), least, share);
    }
  }

  private void fresh(int number, @Nullable Instant newest, Instant at) {
    Duration most = slo.freshness();
    if (most == null) {
      return;
    }
    Duration age = newest == null ? null : Duration.between(newest, at);
    add(
        "freshness",
        most.toSeconds() / 60.0,
        number,
        age == null ? null : age.toSeconds() / 60.0,
        age != null && age.compareTo(most) <= 0,
        age == null
            ? "no prediction yet, at most " + most.toMinutes() + " min old"
            : "%d min, at most %d min".formatted(age.toMinutes(), most.toMinutes()));
  }

  private void labelled(DriftReport report) {
    Double least = slo.labels();
    if (least == null) {
      return;
    }
    boolean outage = report.remarks().stream().anyMatch(r -> r.kind().equals(Remark.LABELS));
    List<WindowReport> windows =
        report.windows().stream().filter(window -> window.labelled() > 0).toList();
    long rows = windows.stream().mapToLong(WindowReport::rows).sum();
    long labelled = windows.stream().mapToLong(WindowReport::labelled).sum();
    Double share = outage ? Double.valueOf(0) : rows == 0 ? null : (double) labelled / rows;
    labels(version.ref().version(), least, share);
  }

  private void labels(int number, double least, @Nullable Double share) {
    add(
        "labels",
        least,
        number,
        share,
        share == null ? null : share >= least,
        share == null
            ? "none are due"
            : percent(share) + " of the rows that are due, at least " + percent(least));
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.4g %%", share * 100);
  }
}
