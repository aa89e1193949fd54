package io.millrace.workflows.rollout;

import io.millrace.workflows.port.deploy.DeployActivities.VersionTraffic;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a version answered since a stage began, over looks that each tell the whole since some
 * moment. Servers remember an hour and forget it when they are started again, so what was seen is
 * kept here.
 */
final class TrafficSum {
  private VersionTraffic before;
  private VersionTraffic newest;

  TrafficSum(int version) {
    before = VersionTraffic.none(version);
    newest = before;
  }

  /** One more look, since the same moment as the last one. */
  void seen(VersionTraffic now) {
    if (now.requests() < newest.requests()) {
      // a server lost its memory: what it told is over, what it tells now is new
      turn();
    }
    // labels are counted from the first stage on, whole at each look: the last count that was seen
    newest = now.quality() == null ? now.with(newest.quality()) : now;
  }

  /** The looks that follow are since a later moment. */
  void turn() {
    before = total();
    newest = VersionTraffic.none(newest.version()).with(before.quality());
  }

  VersionTraffic total() {
    if (before.requests() == 0) {
      return newest;
    }
    var latency = LatencyBuckets.sum(before.latency(), newest.latency());
    return new VersionTraffic(
        newest.version(),
        before.requests() + newest.requests(),
        before.errors() + newest.errors(),
        latency == null ? newest.p50() : Double.valueOf(LatencyBuckets.millis(latency, 0.5)),
        latency == null ? newest.p99() : Double.valueOf(LatencyBuckets.millis(latency, 0.99)),
        newest.scoreShift() == null ? before.scoreShift() : newest.scoreShift(),
        latency,
        sum(before.scores(), newest.scores()),
        newest.quality());
  }

  private static @Nullable List<Long> sum(@Nullable List<Long> one, @Nullable List<Long> other) {
    if (one == null || other == null || one.size() != other.size()) {
      return other == null || other.isEmpty() ? one : other;
    }
    List<Long> sum = new ArrayList<>();
    for (int i = 0; i < one.size(); i++) {
      sum.add(one.get(i) + other.get(i));
    }
    return sum;
  }
}
