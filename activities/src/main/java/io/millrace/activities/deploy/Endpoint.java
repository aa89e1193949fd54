package io.millrace.activities.deploy;

import io.millrace.inference.server.DesiredState;
import io.millrace.workflows.ref.Checks;
import io.millrace.workflows.spec.DeploymentSpec.ScaleSpec;
import io.millrace.workflows.spec.TargetSpec;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What an endpoint is to serve: one entry of {@code endpoints/<name>/state/<seq>.json}.
 *
 * @param seq 1, 2, …
 * @param target the kind: {@code local}, {@code docker} and so on
 * @param port of its own on its host, the same for the endpoint's whole life; 0 for none
 * @param versions loaded ones with their shares of traffic, which sum to 1, or all are 0
 * @param key idempotency key of the change that made this entry
 * @param reason of the change, for people
 * @param at when it was asked for
 * @param settings of the target; null in states of releases that had local ones only
 * @param scale instances of a version; null is one
 * @param address where requests go; null is {@code http://127.0.0.1:<port>}
 */
public record Endpoint(
    long seq,
    String name,
    String target,
    int port,
    List<DesiredState.Version> versions,
    String key,
    String reason,
    Instant at,
    @Nullable TargetSpec settings,
    @Nullable ScaleSpec scale,
    @Nullable String address) {
  public Endpoint {
    Checks.name("endpoint", name);
    versions = Checks.list(versions);
  }

  /** Where it is, whether it is up or not. */
  public String url() {
    return address != null ? address : "http://127.0.0.1:" + port;
  }

  /** Settings of the target. */
  public TargetSpec spec() {
    return settings != null ? settings : TargetSpec.local(port);
  }

  /** The same state at another place in the sequence. */
  Endpoint numbered(long number) {
    return new Endpoint(
        number, name, target, port, versions, key, reason, at, settings, scale, address);
  }

  /** What a server of this endpoint is to do. */
  public DesiredState desired() {
    return new DesiredState(seq, name, versions);
  }

  /** Share of traffic by version. */
  public Map<Integer, Double> weights() {
    Map<Integer, Double> weights = new TreeMap<>();
    versions.forEach(version -> weights.put(version.version(), version.weight()));
    return weights;
  }

  Optional<DesiredState.Version> version(int number) {
    return versions.stream().filter(version -> version.version() == number).findFirst();
  }
}
