package io.millrace.activities.deploy;

import io.millrace.inference.server.DesiredState;
import io.millrace.workflows.ref.Checks;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What an endpoint is to serve: one entry of {@code endpoints/<name>/state/<seq>.json}.
 *
 * @param seq 1, 2, …
 * @param target {@code local}
 * @param port on 127.0.0.1, the same for the endpoint's whole life
 * @param versions loaded ones with their shares of traffic, which sum to 1, or all are 0
 * @param key idempotency key of the change that made this entry
 * @param reason of the change, for people
 * @param at when it was asked for
 */
public record Endpoint(
    long seq,
    String name,
    String target,
    int port,
    List<DesiredState.Version> versions,
    String key,
    String reason,
    Instant at) {
  public Endpoint {
    Checks.name("endpoint", name);
    versions = Checks.list(versions);
  }

  /** {@code http://127.0.0.1:<port>}: where it is, whether it is up or not. */
  public String url() {
    return "http://127.0.0.1:" + port;
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
