package io.millrace.activities.deploy;

import io.millrace.activities.watch.ServedQuality;
import io.millrace.inference.server.DesiredState;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.deploy.DeployActivities.ObserveRequest;
import io.millrace.workflows.port.deploy.DeployActivities.QualityCounts;
import io.millrace.workflows.port.deploy.DeployActivities.VersionTraffic;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is known of how right the answers were, beside what the target counted. It is the same
 * wherever an endpoint lives, because all targets log alike.
 */
final class ObservedQuality {
  private static final Logger LOG = LoggerFactory.getLogger(ObservedQuality.class);

  /** For each version: a look at errors and latencies must not wait long for it. */
  private static final Duration AT_MOST = Duration.ofSeconds(4);

  private final ServedQuality served;

  ObservedQuality(ServedQuality served) {
    this.served = served;
  }

  /** The same traffic with it; as it is when nobody asks. */
  List<VersionTraffic> added(
      Endpoint endpoint, ObserveRequest request, List<VersionTraffic> traffic) {
    Instant since = request.qualitySince();
    if (since == null) {
      return List.copyOf(traffic);
    }
    List<VersionTraffic> added = new ArrayList<>();
    for (VersionTraffic seen : traffic) {
      added.add(seen.with(of(endpoint, seen.version(), since)));
    }
    return added;
  }

  /** Null when it cannot be known now: what the target counted is judged all the same. */
  private @Nullable QualityCounts of(Endpoint endpoint, int version, Instant since) {
    Optional<String> prefix =
        endpoint
            .version(version)
            .or(
                () ->
                    Optional.ofNullable(endpoint.other())
                        .flatMap(place -> endpoint.beside(place).version(version)))
            .map(DesiredState.Version::prefix);
    try {
      return prefix.isEmpty() ? null : served.of(prefix.get(), version, since, AT_MOST);
    } catch (RuntimeException e) {
      LOG.warn(
          "endpoint {}: the quality of version {} cannot be seen: {}",
          endpoint.name(),
          version,
          Failures.sentence(e));
      return null;
    }
  }
}
