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
 * @param other the second place of an endpoint that moves; null while it does not
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
    @Nullable String address,
    @Nullable SecondPlace other) {
  public Endpoint {
    Checks.name("endpoint", name);
    versions = Checks.list(versions);
  }

  /** One that does not move. */
  public Endpoint(
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
    this(seq, name, target, port, versions, key, reason, at, settings, scale, address, null);
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
        number, name, target, port, versions, key, reason, at, settings, scale, address, other);
  }

  /**
   * The endpoint as this kind of target has it; empty where it has none of it, or only its rest.
   */
  public Optional<Endpoint> in(String kind) {
    if (target.equals(kind)) {
      return Optional.of(this);
    }
    return other != null && other.target().equals(kind) && other.role() != SecondPlace.Role.LEAVING
        ? Optional.of(beside(other))
        : Optional.empty();
  }

  /** The endpoint as its second place has it. */
  Endpoint beside(SecondPlace place) {
    return new Endpoint(
        seq,
        name,
        place.target(),
        place.port(),
        place.versions(),
        key,
        reason,
        at,
        place.settings(),
        place.scale(),
        place.address(),
        null);
  }

  /** This place as a second one. */
  SecondPlace as(SecondPlace.Role role) {
    return new SecondPlace(role, target, port, versions, settings, scale, address);
  }

  /** With another second place, or none. */
  Endpoint with(@Nullable SecondPlace place) {
    return new Endpoint(
        seq, name, target, port, versions, key, reason, at, settings, scale, address, place);
  }

  /** With an address. */
  Endpoint at(String url) {
    return new Endpoint(
        seq, name, target, port, versions, key, reason, at, settings, scale, url, other);
  }

  /** With other settings of the same place. */
  Endpoint settled(TargetSpec now, @Nullable ScaleSpec instances) {
    return new Endpoint(
        seq, name, target, port, versions, key, reason, at, now, instances, address, other);
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
