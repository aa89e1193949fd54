package io.millrace.activities.deploy.docker;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.model.Container;
import io.millrace.activities.deploy.Endpoint;
import io.millrace.activities.deploy.Ports;
import io.millrace.activities.deploy.Target;
import io.millrace.activities.deploy.VersionImages;
import io.millrace.activities.store.ObjectStore;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.spec.TargetSpec;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Endpoints as containers of one Docker engine on this machine: replicas of each version behind
 * HAProxy, on a network of their own. Shares of traffic are drawn for each request. Weights and
 * draining go through the proxy's runtime socket; its configuration carries the same, so whatever
 * dies comes back as it was.
 */
public final class DockerTarget implements Target {
  private final ObjectStore store;
  private final DockerSettings settings;
  private final Engine engine;
  private final Replicas replicas;
  private final ReplicaClient client = new ReplicaClient();
  private final Map<String, Object> locks = new ConcurrentHashMap<>();

  /**
   * @param docker asked at the first use
   * @param images of the versions, in that engine
   */
  public DockerTarget(
      ObjectStore store,
      DockerSettings settings,
      Supplier<DockerClient> docker,
      VersionImages images) {
    this.store = store;
    this.settings = settings;
    this.engine = new Engine(docker);
    this.replicas = new Replicas(engine, settings, images);
  }

  @Override
  public String kind() {
    return "docker";
  }

  @Override
  public Set<Ability> abilities(TargetSpec target) {
    return EnumSet.of(Ability.WEIGHTS, Ability.INSTANCES);
  }

  @Override
  public Place place(String endpoint, TargetSpec target) {
    TargetSpec.Docker docker = target.docker();
    int port = docker == null || docker.port() == 0 ? Ports.free(store, endpoint) : docker.port();
    String host = docker == null ? "127.0.0.1" : docker.host();
    boolean any = host.equals("0.0.0.0") || host.equals("::") || host.isEmpty();
    return new Place(port, "http://" + (any ? "127.0.0.1" : host) + ":" + port);
  }

  @Override
  public Live apply(Endpoint endpoint, Set<Integer> needed) {
    synchronized (locks.computeIfAbsent(endpoint.name(), name -> new Object())) {
      return new Reconciliation(
              engine, replicas, proxy(endpoint), names(endpoint), endpoint, needed)
          .run();
    }
  }

  @Override
  public Optional<Live> live(Endpoint endpoint) {
    Proxy proxy = proxy(endpoint);
    if (!proxy.running()) {
      return Optional.empty();
    }
    try {
      return Optional.of(Readiness.of(proxy.socket().servers(), endpoint).live(endpoint));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  @Override
  public List<Seen> observe(Endpoint endpoint, Instant since) {
    List<ReplicaClient.Asked> asked = new ArrayList<>();
    Map<String, HaproxySocket.Server> servers = Map.of();
    try {
      servers = proxy(endpoint).socket().servers();
    } catch (IOException e) {
      // the servers' own numbers are asked for in any case
    }
    for (Container container : replicas.servers(names(endpoint))) {
      Optional<InspectContainerResponse> found = engine.inspect(container.getId());
      if (found.isPresent()) {
        Map<String, String> labels = container.getLabels();
        Replica replica =
            new Replica(
                container.getId(),
                Integer.parseInt(labels.getOrDefault(DockerNames.VERSION, "0")),
                Integer.parseInt(labels.getOrDefault(DockerNames.REPLICA, "0")),
                Replicas.address(found.get()));
        HaproxySocket.Server server = servers.get(replica.server());
        asked.add(
            new ReplicaClient.Asked(
                replica, died(found.get(), since) && server != null ? server.failures() : 0));
      }
    }
    return client.seen(endpoint, asked, since);
  }

  /** Whether it was started again since: what it counted before died with it. */
  private static boolean died(InspectContainerResponse container, Instant since) {
    Integer restarts = container.getRestartCount();
    String started = container.getState().getStartedAt();
    return restarts != null
        && restarts > 0
        && started != null
        && Instant.parse(started).isAfter(since);
  }

  @Override
  public void remove(Endpoint endpoint) {
    synchronized (locks.computeIfAbsent(endpoint.name(), name -> new Object())) {
      DockerNames names = names(endpoint);
      proxy(endpoint).remove();
      replicas.servers(names).forEach(replicas::remove);
      engine.removeNetwork(names.prefix());
    }
  }

  private DockerNames names(Endpoint endpoint) {
    return DockerNames.of(endpoint, store.uri());
  }

  private Proxy proxy(Endpoint endpoint) {
    return new Proxy(engine, settings, endpoint, names(endpoint));
  }

  static void pause(Endpoint endpoint) {
    try {
      Thread.sleep(100);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Failures.of(
          FailureType.ENDPOINT_UNAVAILABLE,
          e,
          "endpoint " + endpoint.name() + ": interrupted (expected: to be waited for)");
    }
  }
}
