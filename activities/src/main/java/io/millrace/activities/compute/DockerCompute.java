package io.millrace.activities.compute;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.CreateContainerCmd;
import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.exception.ConflictException;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.exception.NotModifiedException;
import com.github.dockerjava.api.model.Bind;
import com.github.dockerjava.api.model.Container;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.LogConfig;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.options.WorkflowIds;
import io.millrace.workflows.port.compute.ComputeActivities;
import io.temporal.activity.Activity;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Nodes as containers of one Docker engine. The container's name is made of the key, so the engine
 * itself lets a key be launched once; a container that ended stays until it is swept, so that a
 * repeated launch answers it and the pool hears of the loss.
 */
public final class DockerCompute implements ComputeActivities {
  private static final Logger LOG = LoggerFactory.getLogger(DockerCompute.class);
  private static final String KIND = "docker";

  /** The engine is a socket away. */
  private static final long POLL_MILLIS = 500;

  /** A trial writes a checkpoint and says goodbye in well under a second a batch. */
  private static final int GRACE_SECONDS = 20;

  private static final String LOG_SIZE = "10m";
  private static final String LOG_FILES = "3";

  private final DockerClient docker;
  private final Settings settings;
  private final RunEnded runEnded;

  /**
   * What containers get of this machine.
   *
   * @param image has a Java 25; a spec may name another
   * @param network {@code host}, or a network on which Temporal and the store are reached
   * @param cpus of a container; 0 for no limit
   * @param command program, JVM flags and main class; the trainer's flags follow
   * @param environment of the container; never printed
   * @param readOnly files and folders of this machine that it sees under their own paths
   * @param writable the same, to write: a {@code file:} store, scratch
   */
  public record Settings(
      String image,
      String network,
      double cpus,
      List<String> command,
      Map<String, String> environment,
      List<String> readOnly,
      List<String> writable) {
    public Settings {
      command = List.copyOf(command);
      environment = Map.copyOf(environment);
      readOnly = List.copyOf(readOnly);
      writable = List.copyOf(writable);
    }

    @Override
    public String toString() {
      return "Settings[" + image + ", " + network + ", " + environment.keySet() + "]";
    }
  }

  public DockerCompute(DockerClient docker, Settings settings, RunEnded runEnded) {
    this.docker = docker;
    this.settings = settings;
    this.runEnded = runEnded;
  }

  @Override
  public Node launch(LaunchRequest request) {
    if (!request.kind().equals(KIND)) {
      throw Failures.of(
          FailureType.CONFIG_INVALID,
          "training.compute.kind: " + request.kind() + " (expected: " + KIND + ")");
    }
    String name = name(request.key());
    String image = request.image() == null ? settings.image() : request.image();
    try {
      create(request, name, image);
    } catch (ConflictException e) {
      // it is there: our own earlier try, or another worker's
    } catch (NotFoundException e) {
      throw Failures.of(
          FailureType.CONFIG_INVALID,
          e,
          "training.compute.image: " + image + " (expected: an image this engine has): " + e);
    } catch (RuntimeException e) {
      throw unavailable("create " + name, e);
    }
    InspectContainerResponse container =
        inspect(name)
            .orElseThrow(() -> unavailable("inspect " + name, new NotFoundException(name)));
    // a launcher that died between making and starting it left it created
    if ("created".equals(container.getState().getStatus())) {
      start(name);
    }
    return node(request.key(), container);
  }

  private void create(LaunchRequest request, String name, String image) {
    String threads = Integer.toString(request.threads());
    List<String> environment = new ArrayList<>();
    Map<String, String> all = new TreeMap<>(settings.environment());
    all.put("OMP_NUM_THREADS", threads);
    all.put("MKL_NUM_THREADS", threads);
    all.put("DJL_OFFLINE", "true");
    all.put("OPT_OUT_TRACKING", "true");
    all.forEach((key, value) -> environment.add(key + "=" + value));
    List<String> arguments =
        new ArrayList<>(settings.command().subList(1, settings.command().size()));
    arguments.addAll(List.of("--task-queue", request.taskQueue(), "--node", request.key()));
    arguments.addAll(List.of("--pool", WorkflowIds.pool(request.run().runId())));
    arguments.addAll(List.of("--threads", threads));
    HostConfig host =
        HostConfig.newHostConfig()
            // reaps what the trainer's children leave
            .withInit(true)
            .withNetworkMode(settings.network())
            .withBinds(binds())
            .withLogConfig(
                new LogConfig(
                    LogConfig.LoggingType.JSON_FILE,
                    Map.of("max-size", LOG_SIZE, "max-file", LOG_FILES)));
    if (request.memoryMegabytes() != null) {
      long bytes = request.memoryMegabytes() * (1L << 20);
      // equal to memory: no swap, a node that needs more ends at once instead of crawling
      host.withMemory(bytes).withMemorySwap(bytes);
    }
    if (settings.cpus() > 0) {
      host.withNanoCPUs((long) (settings.cpus() * 1e9));
    }
    try (CreateContainerCmd create = docker.createContainerCmd(image)) {
      create
          .withName(name)
          .withEntrypoint(settings.command().getFirst())
          .withCmd(arguments)
          .withEnv(environment)
          .withLabels(NodeTags.of(request, Instant.now()))
          .withHostConfig(host)
          .exec();
    }
  }

  private List<Bind> binds() {
    List<Bind> binds = new ArrayList<>();
    settings.readOnly().forEach(path -> binds.add(Bind.parse(path + ":" + path + ":ro")));
    settings.writable().forEach(path -> binds.add(Bind.parse(path + ":" + path + ":rw")));
    return binds;
  }

  private void start(String name) {
    try {
      docker.startContainerCmd(name).exec();
    } catch (NotModifiedException e) {
      // somebody else did
    } catch (RuntimeException e) {
      throw Failures.of(
          FailureType.CAPACITY_UNAVAILABLE,
          e,
          "node: " + name + " (expected: to start): " + e.getMessage());
    }
  }

  @Override
  public NodeReport await(AwaitRequest request) {
    return await(request, Activity.getExecutionContext()::heartbeat);
  }

  /** The same with somebody else to tell. */
  NodeReport await(AwaitRequest request, Consumer<String> heartbeat) {
    long end = System.nanoTime() + request.atMost().toNanos();
    while (true) {
      heartbeat.accept(request.nodes().size() + " watched");
      List<Node> ended = new ArrayList<>();
      for (Node node : request.nodes()) {
        if (ended(node)) {
          ended.add(node);
        }
      }
      long left = end - System.nanoTime();
      if (!ended.isEmpty() || left <= 0) {
        return new NodeReport(ended);
      }
      try {
        Thread.sleep(Math.clamp(TimeUnit.NANOSECONDS.toMillis(left), 1, POLL_MILLIS));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw Failures.of(
            FailureType.CAPACITY_UNAVAILABLE, e, "watch: interrupted (expected: not)");
      }
    }
  }

  /** An engine that does not answer says nothing; one that does not know the id says "removed". */
  private boolean ended(Node node) {
    try {
      return inspect(node.id()).map(container -> over(container)).orElse(true);
    } catch (io.temporal.failure.ApplicationFailure e) {
      LOG.warn("docker does not say how {} is, which says nothing: {}", node.key(), e.toString());
      return false;
    }
  }

  private static boolean over(InspectContainerResponse container) {
    String status = container.getState().getStatus();
    return "exited".equals(status) || "dead".equals(status) || "removing".equals(status);
  }

  @Override
  public void terminate(Node node) {
    try {
      docker.stopContainerCmd(node.id()).withTimeout(GRACE_SECONDS).exec();
    } catch (NotFoundException | NotModifiedException e) {
      // gone already
    } catch (RuntimeException e) {
      throw unavailable("stop " + node.id(), e);
    }
  }

  /** Containers of one's own engine cost nothing. */
  @Override
  public Prices prices(PriceRequest request) {
    return new Prices(Instant.now(), List.of());
  }

  /** Ends orphans, and removes containers that ended and that nobody asks for any more. */
  @Override
  public Swept sweep(SweepRequest request) {
    if (!request.kinds().contains(KIND)) {
      return new Swept(List.of());
    }
    Instant now = Instant.now();
    List<Orphan> orphans = new ArrayList<>();
    for (Container container : all()) {
      Map<String, String> labels = container.getLabels();
      String run = labels.get(NodeTags.RUN);
      Optional<String> reason = NodeTags.orphaned(labels.get(NodeTags.EXPIRES), run, now, runEnded);
      Optional<InspectContainerResponse> state =
          reason.isEmpty() ? Optional.empty() : inspect(container.getId());
      if (reason.isEmpty() || state.isEmpty()) {
        continue;
      }
      Node node = node(labels.getOrDefault(NodeTags.KEY, container.getId()), state.get());
      if (!over(state.get())) {
        orphans.add(new Orphan(node, run == null ? "unknown" : run, reason.get()));
      }
      if (!request.dry()) {
        remove(node);
      }
    }
    return new Swept(orphans);
  }

  private void remove(Node node) {
    terminate(node);
    try {
      docker.removeContainerCmd(node.id()).withForce(true).withRemoveVolumes(true).exec();
    } catch (NotFoundException | ConflictException e) {
      // gone, or being removed
    } catch (RuntimeException e) {
      throw unavailable("remove " + node.id(), e);
    }
  }

  private List<Container> all() {
    return guarded(
        "list",
        () ->
            docker
                .listContainersCmd()
                .withShowAll(true)
                .withLabelFilter(List.of(NodeTags.KEY))
                .exec());
  }

  private Optional<InspectContainerResponse> inspect(String id) {
    return guarded(
        "inspect " + id,
        () -> {
          try {
            return Optional.of(docker.inspectContainerCmd(id).exec());
          } catch (NotFoundException e) {
            return Optional.empty();
          }
        });
  }

  private static String name(String key) {
    return "millrace-" + key.replaceAll("[^a-zA-Z0-9_.-]", "_");
  }

  private static Node node(String key, InspectContainerResponse container) {
    return new Node(
        key, container.getId(), KIND, Instant.parse(created(container.getCreated())), null);
  }

  private static String created(@Nullable String text) {
    return text == null ? Instant.EPOCH.toString() : text;
  }

  private static <T> T guarded(String what, Supplier<T> call) {
    try {
      return call.get();
    } catch (RuntimeException e) {
      throw unavailable(what, e);
    }
  }

  private static RuntimeException unavailable(String what, RuntimeException e) {
    boolean refused = e instanceof DockerException docker && docker.getHttpStatus() == 400;
    return Failures.of(
        refused ? FailureType.CONFIG_INVALID : FailureType.CAPACITY_UNAVAILABLE,
        e,
        "docker " + what + " (expected: an engine that does it): " + e.getMessage());
  }

  /** Bounds one call. */
  static Duration timeout() {
    return Duration.ofSeconds(GRACE_SECONDS + 10L);
  }
}
