package io.millrace.activities.deploy;

import io.millrace.activities.compute.JavaLaunch;
import io.millrace.activities.store.ObjectStore;
import io.millrace.inference.server.DesiredState;
import io.millrace.workflows.spec.TargetSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Endpoints on this machine: one server process each, which follows the endpoint's states in the
 * store by itself. So there is no half-made change, and a server that was killed comes back to
 * where it was.
 */
public final class LocalTarget implements Target {
  /** For starting the server and applying the state; the activity has 60 s. */
  private static final Duration APPLY = Duration.ofSeconds(50);

  /** How long a server may keep saying why it cannot open a version: it tries again by itself. */
  private static final Duration BROKEN = Duration.ofSeconds(10);

  private final LocalServers servers;
  private final ServerClient client;

  /**
   * @param scratch of the servers
   * @param launch starts the servers
   */
  public LocalTarget(ObjectStore store, Path scratch, JavaLaunch launch) {
    this(new LocalServers(store, scratch, launch));
  }

  LocalTarget(LocalServers servers) {
    this.servers = servers;
    this.client = servers.client();
  }

  @Override
  public String kind() {
    return "local";
  }

  @Override
  public Set<Ability> abilities(TargetSpec settings) {
    return EnumSet.of(Ability.WEIGHTS, Ability.SHADOW);
  }

  @Override
  public Place place(String endpoint, TargetSpec settings) {
    TargetSpec.Local local = settings.local();
    int port = local == null ? 0 : local.port();
    return new Place(port != 0 ? port : servers.freePort(endpoint), null);
  }

  /** Waits until the server has applied the state and the versions answer. */
  @Override
  public Live apply(Endpoint endpoint, Set<Integer> versions) {
    long start = System.nanoTime();
    long end = start + APPLY.toNanos();
    long wellUntil = start;
    servers.start(endpoint);
    client.reload(endpoint);
    Set<Integer> needed = new TreeSet<>(versions);
    endpoint.versions().stream()
        .filter(version -> version.weight() > 0)
        .map(DesiredState.Version::version)
        .forEach(needed::add);
    Optional<ServerClient.ServerState> seen = Optional.empty();
    while (System.nanoTime() < end && System.nanoTime() - wellUntil < BROKEN.toNanos()) {
      seen = servers.state(endpoint);
      if (seen.isPresent()
          && seen.get().seq() >= endpoint.seq()
          && seen.get().ready().containsAll(needed)) {
        return new Live(endpoint.url(), seen.get().ready());
      }
      if (!seen.map(state -> state.broken(endpoint.seq(), needed)).orElse(false)) {
        wellUntil = System.nanoTime();
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
            + Duration.ofNanos(System.nanoTime() - start).toSeconds()
            + " s, it serves "
            + seen.map(ServerClient.ServerState::ready).orElse(List.of())
            + problems);
  }

  @Override
  public Optional<Live> live(Endpoint endpoint) {
    return servers.state(endpoint).map(state -> new Live(endpoint.url(), state.ready()));
  }

  @Override
  public List<Seen> observe(Endpoint endpoint, Instant since) {
    try {
      return client.stats(endpoint, since);
    } catch (IOException e) {
      throw LocalServers.unavailable(endpoint, e, "no statistics: " + e.getMessage());
    }
  }

  @Override
  public void remove(Endpoint endpoint) {
    servers.stop(endpoint);
  }
}
