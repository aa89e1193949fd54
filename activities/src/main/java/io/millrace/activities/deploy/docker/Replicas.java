package io.millrace.activities.deploy.docker;

import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.model.AccessMode;
import com.github.dockerjava.api.model.Bind;
import com.github.dockerjava.api.model.Capability;
import com.github.dockerjava.api.model.Container;
import com.github.dockerjava.api.model.ContainerNetwork;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.LogConfig;
import com.github.dockerjava.api.model.RestartPolicy;
import com.github.dockerjava.api.model.Volume;
import io.millrace.activities.deploy.Endpoint;
import io.millrace.activities.deploy.VersionImages;
import io.millrace.inference.server.DesiredState;
import io.millrace.workflows.spec.TargetSpec;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * The containers that serve an endpoint's versions. One that is there is kept as it is: a new
 * release of the server comes with the next version, not in the middle of a rollback.
 */
final class Replicas {
  /** A server drains for ten seconds, then writes the rest of its log. */
  private static final int GRACE_SECONDS = 25;

  /** Carriers, compiler, collector and engine threads of a JVM are some fifty. */
  private static final long MOST_PROCESSES = 512;

  private final Engine engine;
  private final DockerSettings settings;
  private final VersionImages images;

  Replicas(Engine engine, DockerSettings settings, VersionImages images) {
    this.engine = engine;
    this.settings = settings;
    this.images = images;
  }

  static int count(Endpoint endpoint) {
    return endpoint.scale() == null ? 1 : Math.max(1, endpoint.scale().min());
  }

  /** The containers of a version, made and started as needed, by index. */
  List<Replica> ensure(
      Endpoint endpoint, DockerNames names, DesiredState.Version version, String range) {
    List<Replica> replicas = new ArrayList<>();
    for (int index = 0; index < count(endpoint); index++) {
      String name = names.replica(version, index);
      Optional<InspectContainerResponse> there = engine.inspect(name);
      if (there.isEmpty()) {
        create(endpoint, names, version, index, range);
        there = engine.inspect(name);
      }
      InspectContainerResponse container =
          there.orElseThrow(() -> new IllegalStateException(name + ": gone while it was made"));
      String status = String.valueOf(container.getState().getStatus());
      if (!status.equals("running") && !status.equals("restarting")) {
        engine.start(name);
      }
      replicas.add(new Replica(name, version.version(), index, address(container)));
    }
    return replicas;
  }

  private void create(
      Endpoint endpoint, DockerNames names, DesiredState.Version version, int index, String range) {
    TargetSpec.Docker docker = docker(endpoint);
    String image = images.of(endpoint, version, null);
    PredictionFolder log = PredictionFolder.of(settings.storeUri(), endpoint.name());
    Map<String, String> environment = new TreeMap<>(settings.environment());
    environment.put("MILLRACE_ENDPOINT", endpoint.name());
    environment.put("MILLRACE_SERVER", "docker-v" + version.version() + "-" + index);
    environment.put("MILLRACE_LOG_URI", log.uri());
    HostConfig host =
        hardened(docker.memory(), docker.cpus())
            .withNetworkMode(names.prefix())
            .withTmpFs(Map.of("/tmp", "rw,nosuid,nodev,noexec,size=64m"));
    log.folder()
        .ifPresent(
            folder ->
                host.withBinds(
                    new Bind(folder.toString(), new Volume(log.mount()), AccessMode.rw)));
    String address = Addresses.free(range, taken(names));
    engine.create(
        image,
        names.replica(version, index),
        create -> {
          create
              .withEnv(
                  environment.entrySet().stream()
                      .map(e -> e.getKey() + "=" + e.getValue())
                      .toList())
              .withLabels(names.replicaLabels(version, index))
              .withStopTimeout(GRACE_SECONDS)
              .withIpv4Address(address)
              .withHostConfig(host);
          log.user().ifPresent(create::withUser);
        });
  }

  /** What no container of ours needs is taken from it. */
  static HostConfig hardened(String memory, double cpus) {
    int shift = memory.endsWith("GB") ? 30 : 20;
    long bytes = Long.parseLong(memory.replaceAll("[MG]B$", "")) << shift;
    return HostConfig.newHostConfig()
        // equal to memory: no swap, a server that needs more ends at once instead of crawling
        .withMemory(bytes)
        .withMemorySwap(bytes)
        .withNanoCPUs((long) (cpus * 1e9))
        .withPidsLimit(MOST_PROCESSES)
        .withReadonlyRootfs(true)
        .withCapDrop(Capability.ALL)
        .withSecurityOpts(List.of("no-new-privileges:true"))
        .withRestartPolicy(RestartPolicy.unlessStoppedRestart())
        .withLogConfig(
            new LogConfig(
                LogConfig.LoggingType.JSON_FILE, Map.of("max-size", "10m", "max-file", "3")));
  }

  static TargetSpec.Docker docker(Endpoint endpoint) {
    TargetSpec.Docker docker = endpoint.spec().docker();
    if (docker == null) {
      throw new IllegalStateException(
          "settings of " + endpoint.name() + ": " + endpoint.spec() + " (expected: docker)");
    }
    return docker;
  }

  private Set<String> taken(DockerNames names) {
    Set<String> taken = new HashSet<>();
    for (Container container : engine.containers(names.labels())) {
      engine.inspect(container.getId()).ifPresent(found -> taken.add(address(found)));
    }
    return taken;
  }

  /** The address it was given, whether it runs or not. */
  static String address(InspectContainerResponse container) {
    for (ContainerNetwork network : container.getNetworkSettings().getNetworks().values()) {
      if (network.getIpamConfig() != null && network.getIpamConfig().getIpv4Address() != null) {
        return network.getIpamConfig().getIpv4Address();
      }
      if (network.getIpAddress() != null && !network.getIpAddress().isEmpty()) {
        return network.getIpAddress();
      }
    }
    return "";
  }

  /** Containers of versions that the state has no more, or of more replicas than it says. */
  List<Container> surplus(Endpoint endpoint, DockerNames names) {
    Set<String> wanted = new HashSet<>();
    for (DesiredState.Version version : endpoint.versions()) {
      for (int index = 0; index < count(endpoint); index++) {
        wanted.add("/" + names.replica(version, index));
      }
    }
    return servers(names).stream().filter(c -> !wanted.contains(c.getNames()[0])).toList();
  }

  /** Every container of a version. */
  List<Container> servers(DockerNames names) {
    Map<String, String> labels = names.labels();
    labels.put(DockerNames.ROLE, DockerNames.SERVER);
    return engine.containers(labels);
  }

  /** Ends one that has no traffic; its image goes with the last container of it. */
  void remove(Container container) {
    engine.remove(container.getId(), GRACE_SECONDS);
    engine.removeImage(container.getImage());
  }
}
