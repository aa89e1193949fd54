package io.millrace.activities.deploy.docker;

import com.github.dockerjava.api.command.InspectContainerResponse;
import io.millrace.activities.deploy.Endpoint;
import io.millrace.activities.deploy.Target.Live;
import io.millrace.inference.server.DesiredState;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** One pass that makes the containers and the proxy of an endpoint equal to a state of it. */
final class Reconciliation {
  /** A server's start on a slow machine. */
  private static final long NEEDED_SECONDS = 45;

  /** For versions that served before: a rollback must not wait for them. */
  private static final long WEIGHTED_SECONDS = 15;

  /** An answer takes milliseconds; a connection that hangs must not keep a version alive. */
  private static final long DRAIN_SECONDS = 10;

  /** A server that ended so often will not be ready in a moment. */
  private static final int RESTARTS = 3;

  private final Engine engine;
  private final Replicas replicas;
  private final Proxy proxy;
  private final DockerNames names;
  private final Endpoint endpoint;
  private final Set<Integer> needed;
  private final Set<Integer> weighted = new TreeSet<>();
  private final long patience;
  private final List<Replica> wanted = new ArrayList<>();
  private @Nullable RuntimeException failure;

  /**
   * @param needed versions all of whose replicas must be ready; of those with weight one is enough
   */
  Reconciliation(
      Engine engine,
      Replicas replicas,
      Proxy proxy,
      DockerNames names,
      Endpoint endpoint,
      Set<Integer> needed) {
    this.engine = engine;
    this.replicas = replicas;
    this.proxy = proxy;
    this.names = names;
    this.endpoint = endpoint;
    this.needed = needed;
    this.patience = needed.isEmpty() ? WEIGHTED_SECONDS : NEEDED_SECONDS;
    endpoint.versions().stream()
        .filter(version -> version.weight() > 0)
        .forEach(version -> weighted.add(version.version()));
  }

  Live run() {
    String range = engine.network(names.prefix(), names.labels());
    // those with traffic first: whatever else is broken must not keep them from coming back
    endpoint.versions().stream()
        .sorted(Comparator.comparingDouble(DesiredState.Version::weight).reversed())
        .forEach(version -> ensure(version, range));
    proxy.ensure(HaproxyConfig.of(wanted, ProxyWeights.of(shares(Set.of()))), range);
    try {
      HaproxySocket socket = proxy.socket();
      register(socket);
      Readiness readiness = await(socket);
      Map<String, Double> shares = shares(readiness.silent());
      if (weighted.isEmpty() || shares.values().stream().anyMatch(share -> share > 0)) {
        socket.weigh(ProxyWeights.of(shares));
      }
      clear(socket);
      if (failure != null) {
        throw failure;
      }
      Set<Integer> late = late(readiness);
      if (!late.isEmpty()) {
        throw notReady(late, readiness);
      }
      return readiness.live(endpoint);
    } catch (IOException e) {
      throw Failures.of(
          FailureType.ENDPOINT_UNAVAILABLE,
          e,
          "proxy of " + endpoint.name() + ": " + e.getMessage() + " (expected: to obey)");
    }
  }

  private void ensure(DesiredState.Version version, String range) {
    int number = version.version();
    try {
      wanted.addAll(replicas.ensure(endpoint, names, version, range));
    } catch (RuntimeException e) {
      if (failure == null && (needed.contains(number) || weighted.contains(number))) {
        failure =
            Failures.of(
                Failures.typeOf(e).orElse(FailureType.ENDPOINT_UNAVAILABLE),
                e,
                "version " + number + ": " + Failures.sentence(e));
      }
    }
  }

  /** Share of the traffic by server; none for versions that are left out. */
  private Map<String, Double> shares(Set<Integer> without) {
    Map<String, Double> shares = new TreeMap<>();
    Map<Integer, Double> weights = endpoint.weights();
    int count = Replicas.count(endpoint);
    for (Replica replica : wanted) {
      double weight = weights.getOrDefault(replica.version(), 0.0);
      shares.put(replica.server(), without.contains(replica.version()) ? 0 : weight / count);
    }
    return shares;
  }

  private void register(HaproxySocket socket) throws IOException {
    Map<String, HaproxySocket.Server> there = socket.servers();
    for (Replica replica : wanted) {
      HaproxySocket.Server server = there.get(replica.server());
      if (server == null) {
        socket.add(replica);
        continue;
      }
      if (!server.address().equals(replica.socket())) {
        socket.move(replica);
      }
      if (server.check().matches("(MAINT|DRAIN).*")) {
        socket.enable(replica.server());
      }
    }
  }

  private Readiness await(HaproxySocket socket) throws IOException {
    long end = System.nanoTime() + patience * 1_000_000_000;
    while (true) {
      Readiness readiness = Readiness.of(socket.servers(), endpoint);
      Set<Integer> late = late(readiness);
      if (late.isEmpty() || failure != null || System.nanoTime() > end || hopeless(late)) {
        return readiness;
      }
      DockerTarget.pause(endpoint);
    }
  }

  /** Versions that must answer and do not. */
  private Set<Integer> late(Readiness readiness) {
    Set<Integer> late = new TreeSet<>(needed);
    late.removeAll(readiness.whole());
    weighted.stream().filter(version -> !readiness.some().contains(version)).forEach(late::add);
    return late;
  }

  private boolean hopeless(Set<Integer> late) {
    return wanted.stream()
        .filter(replica -> late.contains(replica.version()))
        .anyMatch(replica -> restarts(replica) >= RESTARTS);
  }

  private int restarts(Replica replica) {
    return engine
        .inspect(replica.container())
        .map(InspectContainerResponse::getRestartCount)
        .orElse(0);
  }

  /** Drains and removes what the state has no more. */
  private void clear(HaproxySocket socket) throws IOException {
    Set<String> staying = new TreeSet<>();
    for (DesiredState.Version version : endpoint.versions()) {
      for (int index = 0; index < Replicas.count(endpoint); index++) {
        staying.add(new Replica("", version.version(), index, "").server());
      }
    }
    List<String> leaving = new ArrayList<>();
    for (String server : socket.servers().keySet()) {
      if (!staying.contains(server)) {
        socket.drain(server);
        leaving.add(server);
      }
    }
    long end = System.nanoTime() + DRAIN_SECONDS * 1_000_000_000;
    while (System.nanoTime() < end && busy(socket, leaving)) {
      DockerTarget.pause(endpoint);
    }
    replicas.surplus(endpoint, names).forEach(replicas::remove);
    for (String server : leaving) {
      socket.delete(server);
    }
  }

  private static boolean busy(HaproxySocket socket, List<String> servers) throws IOException {
    return !servers.isEmpty()
        && socket.servers().values().stream()
            .anyMatch(server -> servers.contains(server.name()) && server.sessions() > 0);
  }

  private RuntimeException notReady(Set<Integer> late, Readiness readiness) {
    StringBuilder text = new StringBuilder();
    for (Replica replica : wanted) {
      if (late.contains(replica.version())) {
        String state =
            engine.inspect(replica.container()).map(Reconciliation::state).orElse("gone");
        text.append("version ")
            .append(replica.version())
            .append(" not ready, check ")
            .append(readiness.check(replica.server()))
            .append(", container ")
            .append(state)
            .append(": ")
            .append(engine.lastLines(replica.container()))
            .append("; ");
      }
    }
    return Failures.of(
        FailureType.ENDPOINT_UNAVAILABLE,
        text + "(expected: /v2/health/ready to answer 200 within " + patience + " s)");
  }

  private static String state(InspectContainerResponse container) {
    return container.getState().getStatus()
        + ", last exit "
        + container.getState().getExitCodeLong()
        + (Boolean.TRUE.equals(container.getState().getOOMKilled()) ? " (out of memory)" : "")
        + ", restarted "
        + container.getRestartCount()
        + " times";
  }
}
