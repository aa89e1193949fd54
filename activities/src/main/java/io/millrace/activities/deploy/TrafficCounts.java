package io.millrace.activities.deploy;

import io.millrace.workflows.port.deploy.DeployActivities.LatencyCounts;
import io.millrace.workflows.port.deploy.DeployActivities.ObserveRequest;
import io.millrace.workflows.port.deploy.DeployActivities.VersionTraffic;
import io.millrace.workflows.rollout.ScoreShift;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a target counted, as a rollout is told it. */
final class TrafficCounts {
  private TrafficCounts() {}

  /** Of each version that is asked for, nothing where it was not seen. */
  static List<VersionTraffic> of(Endpoint endpoint, ObserveRequest request, List<Target.Seen> all) {
    List<VersionTraffic> traffic = new ArrayList<>();
    for (int version : request.versions()) {
      boolean shadow = Objects.equals(request.shadow(), version);
      traffic.add(
          all.stream()
              .filter(seen -> seen.version() == version && seen.shadow() == shadow)
              .findFirst()
              .map(seen -> of(endpoint, seen, all))
              .orElseGet(() -> VersionTraffic.none(version)));
    }
    return traffic;
  }

  /**
   * @param all of the endpoint, of which the heaviest other version is compared with
   */
  private static VersionTraffic of(Endpoint endpoint, Target.Seen own, List<Target.Seen> all) {
    Optional<Target.Seen> heaviest =
        all.stream()
            .filter(seen -> seen.version() != own.version() && !seen.shadow())
            .max(
                Comparator.comparingDouble(
                        (Target.Seen seen) -> endpoint.weights().getOrDefault(seen.version(), 0.0))
                    .thenComparingLong(Target.Seen::requests));
    Double shift =
        heaviest.flatMap(other -> ScoreShift.of(own.scores(), other.scores())).orElse(null);
    return new VersionTraffic(
        own.version(),
        own.requests(),
        own.errors(),
        own.p50(),
        own.p99(),
        shift,
        latency(own.latency()),
        own.scores().length == 0
            ? null
            : Arrays.stream(own.scores()).mapToObj(Math::round).toList());
  }

  private static @Nullable LatencyCounts latency(long[] counts) {
    int first = 0;
    int end = counts.length;
    while (first < end && counts[first] == 0) {
      first++;
    }
    while (end > first && counts[end - 1] == 0) {
      end--;
    }
    if (counts.length == 0) {
      return null;
    }
    List<Long> kept = new ArrayList<>();
    for (int i = first; i < end; i++) {
      kept.add(counts[i]);
    }
    return new LatencyCounts(kept.isEmpty() ? 0 : first, kept);
  }
}
