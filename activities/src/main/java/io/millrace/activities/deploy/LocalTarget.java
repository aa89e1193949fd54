package io.millrace.activities.deploy;

import io.millrace.activities.compute.JavaLaunch;
import io.millrace.activities.store.ObjectStore;
import io.millrace.inference.server.DesiredState;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.deploy.DeployActivities;
import io.millrace.workflows.ref.ModelRef;
import io.millrace.workflows.spec.DeploymentSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Endpoints on this machine. What an endpoint is to serve is a sequence in the store, and its
 * server follows it: a change is one append, so there is no half-made one, and a server that was
 * killed comes back to where it was. A repeat finds its key in the sequence and only waits for the
 * server.
 */
public final class LocalTarget implements DeployActivities {
  /** For starting the server and applying the state; the activity has 60 s. */
  private static final Duration APPLY = Duration.ofSeconds(50);

  private final Endpoints endpoints;
  private final LocalServers servers;
  private final ServerClient client;
  private final InstantSource clock;

  /**
   * @param scratch of the servers
   * @param launch starts the servers
   */
  public LocalTarget(ObjectStore store, Path scratch, JavaLaunch launch) {
    this(new Endpoints(store), new LocalServers(store, scratch, launch), InstantSource.system());
  }

  /**
   * @param clock dates the states, for people
   */
  LocalTarget(Endpoints endpoints, LocalServers servers, InstantSource clock) {
    this.endpoints = endpoints;
    this.servers = servers;
    this.client = servers.client();
    this.clock = clock;
  }

  @Override
  public EndpointState prepare(PrepareRequest request) {
    DeploymentSpec.LocalTargetSpec target =
        request.target() == null ? null : request.target().local();
    if (target == null) {
      throw Failures.of(
          FailureType.CONFIG_INVALID,
          "deployment.target: " + request.target() + " (expected: {local: {port: 0}})");
    }
    Endpoint endpoint =
        change(request.endpoint(), head -> withVersion(head, request, target.port()));
    return applied(endpoint, List.of(request.version().version()));
  }

  @Override
  public EndpointState shift(ShiftRequest request) {
    double sum = request.weights().values().stream().mapToDouble(Double::doubleValue).sum();
    boolean shares = request.weights().values().stream().allMatch(w -> w >= 0 && w <= 1);
    if (!shares || Math.abs(sum - 1) > 1e-6) {
      throw Failures.of(
          FailureType.REQUEST_INVALID,
          "weights: " + request.weights() + " (expected: shares that sum to 1)");
    }
    List<Integer> served =
        request.weights().entrySet().stream()
            .filter(weight -> weight.getValue() > 0)
            .map(Map.Entry::getKey)
            .toList();
    Endpoint before = known(request.endpoint());
    boolean done = endpoints.done(request.endpoint(), request.key());
    if (!done) {
      for (int version : served) {
        if (before.version(version).isEmpty()) {
          throw Failures.of(
              FailureType.REQUEST_INVALID,
              "weights: version "
                  + version
                  + " (expected: one of "
                  + before.weights().keySet()
                  + ", prepared ones)");
        }
      }
      // weight goes to ready backends only
      applied(before, served);
      change(
          request.endpoint(),
          head ->
              endpoints.done(request.endpoint(), request.key()) ? null : shifted(head, request));
    }
    return applied(known(request.endpoint()), List.of());
  }

  @Override
  public Observation observe(ObserveRequest request) {
    Endpoint endpoint = known(request.endpoint());
    List<ServerClient.Stats> all;
    try {
      all = client.stats(endpoint, request.since());
    } catch (IOException e) {
      throw LocalServers.unavailable(endpoint, e, "no statistics: " + e.getMessage());
    }
    List<VersionTraffic> traffic = new ArrayList<>();
    for (int version : request.versions()) {
      Optional<ServerClient.Stats> own =
          all.stream().filter(stats -> stats.version() == version).findFirst();
      traffic.add(
          own.map(stats -> traffic(endpoint, stats, all))
              .orElseGet(() -> new VersionTraffic(version, 0, 0, null, null, null)));
    }
    return new Observation(List.copyOf(traffic));
  }

  @Override
  public EndpointState retire(RetireRequest request) {
    Optional<Endpoint> before = endpoints.find(request.endpoint());
    if (before.isEmpty()) {
      return new EndpointState(request.endpoint(), null, Map.of(), List.of());
    }
    Endpoint endpoint = change(request.endpoint(), head -> without(head, request));
    if (servers.up(endpoint)) {
      return applied(endpoint, List.of());
    }
    return describe(new DescribeRequest(request.endpoint()));
  }

  @Override
  public EndpointState describe(DescribeRequest request) {
    Optional<Endpoint> endpoint = endpoints.find(request.endpoint());
    if (endpoint.isEmpty()) {
      return new EndpointState(request.endpoint(), null, Map.of(), List.of());
    }
    Optional<ServerClient.ServerState> server = servers.state(endpoint.get());
    return new EndpointState(
        request.endpoint(),
        server.isPresent() ? endpoint.get().url() : null,
        endpoint.get().weights(),
        server.map(ServerClient.ServerState::ready).orElse(List.of()));
  }

  private interface Change {
    @Nullable Endpoint of(@Nullable Endpoint head);
  }

  private Endpoint change(String name, Change change) {
    Endpoint now = endpoints.append(name, change::of);
    if (now == null) {
      throw notFound(name);
    }
    return now;
  }

  private @Nullable Endpoint withVersion(
      @Nullable Endpoint head, PrepareRequest request, int port) {
    ModelRef ref = request.version();
    List<DesiredState.Version> versions = new ArrayList<>();
    if (head != null) {
      Optional<DesiredState.Version> there = head.version(ref.version());
      if (there.isPresent() && there.get().digest().equals(ref.digest())) {
        return null;
      }
      if (there.isPresent()) {
        throw Failures.of(
            FailureType.INVARIANT_BROKEN,
            "version "
                + ref
                + ": digest "
                + ref.digest()
                + " (expected: "
                + there.get().digest()
                + ", which the endpoint has)");
      }
      versions.addAll(head.versions());
    }
    versions.add(new DesiredState.Version(ref.version(), ref.prefix(), ref.digest(), 0));
    versions.sort(Comparator.comparingInt(DesiredState.Version::version));
    int kept = head != null ? head.port() : port != 0 ? port : servers.freePort(request.endpoint());
    return state(request.endpoint(), kept, versions, request.key(), "prepare " + ref);
  }

  private @Nullable Endpoint shifted(@Nullable Endpoint head, ShiftRequest request) {
    if (head == null) {
      return null;
    }
    List<DesiredState.Version> versions = new ArrayList<>();
    for (DesiredState.Version version : head.versions()) {
      double weight = request.weights().getOrDefault(version.version(), 0.0);
      versions.add(
          new DesiredState.Version(version.version(), version.prefix(), version.digest(), weight));
    }
    return state(head.name(), head.port(), versions, request.key(), request.reason());
  }

  private @Nullable Endpoint without(@Nullable Endpoint head, RetireRequest request) {
    if (head == null || head.version(request.version()).isEmpty()) {
      return null;
    }
    if (head.weights().getOrDefault(request.version(), 0.0) > 0) {
      throw Failures.of(
          FailureType.REQUEST_INVALID,
          "version: " + request.version() + " has traffic (expected: none, shift it first)");
    }
    List<DesiredState.Version> versions =
        head.versions().stream().filter(v -> v.version() != request.version()).toList();
    return state(head.name(), head.port(), versions, request.key(), "retire " + request.version());
  }

  private Endpoint state(
      String name, int port, List<DesiredState.Version> versions, String key, String reason) {
    return new Endpoint(0, name, "local", port, versions, key, reason, clock.instant());
  }

  /** Waits until the server has applied the state and the versions answer. */
  private EndpointState applied(Endpoint endpoint, List<Integer> versions) {
    long end = System.nanoTime() + APPLY.toNanos();
    servers.start(endpoint);
    client.reload(endpoint);
    List<Integer> needed = new ArrayList<>(versions);
    endpoint.versions().stream()
        .filter(version -> version.weight() > 0)
        .forEach(version -> needed.add(version.version()));
    Optional<ServerClient.ServerState> seen = Optional.empty();
    while (System.nanoTime() < end) {
      seen = servers.state(endpoint);
      // another version that cannot be loaded must not keep a rollback from being done
      if (seen.isPresent()
          && seen.get().seq() >= endpoint.seq()
          && seen.get().ready().containsAll(needed)) {
        return new EndpointState(
            endpoint.name(), endpoint.url(), endpoint.weights(), seen.get().ready());
      }
      LocalServers.pause(endpoint);
    }
    String problems =
        seen.map(
                s ->
                    needed.stream()
                        .filter(s.problems()::containsKey)
                        .map(version -> ", version " + version + ": " + s.problems().get(version))
                        .collect(Collectors.joining()))
            .orElse("");
    throw LocalServers.unavailable(
        endpoint,
        null,
        "versions "
            + needed
            + " not ready after "
            + APPLY.toSeconds()
            + " s, it serves "
            + seen.map(ServerClient.ServerState::ready).orElse(List.of())
            + problems);
  }

  private static VersionTraffic traffic(
      Endpoint endpoint, ServerClient.Stats own, List<ServerClient.Stats> all) {
    Optional<ServerClient.Stats> heaviest =
        all.stream()
            .filter(stats -> stats.version() != own.version())
            .max(
                Comparator.comparingDouble(
                        (ServerClient.Stats stats) ->
                            endpoint.weights().getOrDefault(stats.version(), 0.0))
                    .thenComparingLong(ServerClient.Stats::requests));
    Double shift =
        heaviest.flatMap(other -> ScoreShift.of(own.scores(), other.scores())).orElse(null);
    boolean any = own.requests() > 0;
    return new VersionTraffic(
        own.version(),
        own.requests(),
        own.errors(),
        any ? own.p50() : null,
        any ? own.p99() : null,
        shift);
  }

  private Endpoint known(String name) {
    return endpoints.find(name).orElseThrow(() -> notFound(name));
  }

  private static RuntimeException notFound(String name) {
    return Failures.of(
        FailureType.NOT_FOUND, "endpoint: " + name + " (expected: one that was prepared)");
  }
}
