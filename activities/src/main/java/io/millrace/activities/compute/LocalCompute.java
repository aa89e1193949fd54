package io.millrace.activities.compute;

import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.options.WorkflowIds;
import io.millrace.workflows.port.compute.ComputeActivities;
import io.millrace.workflows.wire.PayloadJson;
import io.temporal.activity.Activity;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Nodes as processes of this machine. They outlive the worker that started them; a file for each
 * key says which process it became. A key is launched once: a repeat answers its process even when
 * that has ended, so that the pool hears of the loss.
 */
public final class LocalCompute implements ComputeActivities {
  private static final String KIND = "local";

  /** The pool hears of a death this soon; reading the process table costs microseconds. */
  private static final long POLL_MILLIS = 250;

  /** A trial writes a checkpoint and says goodbye in well under a second a batch. */
  private static final Duration GRACE = Duration.ofSeconds(20);

  private final JavaLaunch launch;
  private final Path stateDir;
  private final String main;
  private final List<String> arguments;

  /**
   * @param stateDir files of launched keys; shared by the workers of this machine
   * @param main class whose {@code main} takes {@code arguments}, then {@code --task-queue}, {@code
   *     --node}, {@code --pool} and {@code --threads} with a value each
   */
  public LocalCompute(JavaLaunch launch, Path stateDir, String main, List<String> arguments) {
    this.launch = launch;
    this.stateDir = stateDir;
    this.main = main;
    this.arguments = List.copyOf(arguments);
  }

  /** With the trainer of {@code infra}. @param arguments such as {@code --store URI} */
  public static LocalCompute ofTrainers(JavaLaunch launch, Path stateDir, List<String> arguments) {
    return new LocalCompute(launch, stateDir, "io.millrace.infra.worker.TrainerMain", arguments);
  }

  @Override
  public Node launch(LaunchRequest request) {
    if (!request.kind().equals(KIND)) {
      throw Failures.of(
          FailureType.CONFIG_INVALID,
          "training.compute.kind: " + request.kind() + " (expected: " + KIND + ")");
    }
    Path state = stateDir.resolve(request.key().replaceAll("[^A-Za-z0-9._-]", "_") + ".json");
    // one launch at a time in this process, and by the file between processes
    synchronized (LocalCompute.class) {
      try {
        Files.createDirectories(stateDir);
        try (FileChannel channel =
            FileChannel.open(
                stateDir.resolve("launch.lock"),
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE)) {
          // let go when the channel closes
          channel.lock();
          if (Files.exists(state)) {
            return PayloadJson.mapper().readValue(Files.readAllBytes(state), Node.class);
          }
          // a launcher that died before it wrote the file left its process behind
          Optional<ProcessHandle> orphan = find(request.key());
          ProcessHandle process = orphan.isPresent() ? orphan.get() : start(request);
          Node node =
              new Node(request.key(), LocalProcess.of(process).id(), KIND, Instant.now(), null);
          Path part = state.resolveSibling(state.getFileName() + ".part");
          Files.write(part, PayloadJson.mapper().writeValueAsBytes(node));
          Files.move(part, state, StandardCopyOption.ATOMIC_MOVE);
          return node;
        }
      } catch (IOException e) {
        throw Failures.of(
            FailureType.CAPACITY_UNAVAILABLE,
            e,
            "node: " + request.key() + " (expected: to start): " + e.getMessage());
      }
    }
  }

  @Override
  public NodeReport await(AwaitRequest request) {
    return await(request, Activity.getExecutionContext()::heartbeat);
  }

  /** The same with somebody else to tell. */
  NodeReport await(AwaitRequest request, Consumer<String> heartbeat) {
    long end = System.nanoTime() + request.atMost().toNanos();
    long told = System.nanoTime() - TimeUnit.SECONDS.toNanos(1);
    while (true) {
      List<Node> ended = new ArrayList<>();
      for (Node node : request.nodes()) {
        if (process(node).running().isEmpty()) {
          ended.add(node);
        }
      }
      long now = System.nanoTime();
      if (!ended.isEmpty() || now >= end) {
        return new NodeReport(ended);
      }
      if (now - told >= TimeUnit.SECONDS.toNanos(1)) {
        heartbeat.accept(request.nodes().size() + " running");
        told = now;
      }
      try {
        Thread.sleep(Math.min(POLL_MILLIS, Math.max(1, (end - now) / 1_000_000)));
      } catch (InterruptedException e) {
        // the worker shuts down: the next one goes on watching
        Thread.currentThread().interrupt();
        throw Failures.of(
            FailureType.CAPACITY_UNAVAILABLE, e, "watch: interrupted (expected: not)");
      }
    }
  }

  @Override
  public void terminate(Node node) {
    Optional<ProcessHandle> running = process(node).running();
    if (running.isEmpty()) {
      return;
    }
    running.get().destroy();
    if (!gone(node, GRACE)) {
      running.get().destroyForcibly();
      if (!gone(node, GRACE)) {
        throw Failures.of(
            FailureType.CAPACITY_UNAVAILABLE, "node: " + node.id() + " (expected: to end)");
      }
    }
  }

  /** Processes of one's own machine cost nothing. */
  @Override
  public Prices prices(PriceRequest request) {
    return new Prices(Instant.now(), List.of());
  }

  /** A local node ends itself when its pool has ended, so nothing is left to sweep. */
  @Override
  public Swept sweep(SweepRequest request) {
    return new Swept(List.of());
  }

  private static boolean gone(Node node, Duration within) {
    long end = System.nanoTime() + within.toNanos();
    while (process(node).running().isPresent()) {
      if (System.nanoTime() >= end) {
        return false;
      }
      try {
        Thread.sleep(20);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }
    return true;
  }

  private ProcessHandle start(LaunchRequest request) throws IOException {
    String threads = Integer.toString(request.threads());
    List<String> all = new ArrayList<>(arguments);
    all.addAll(List.of("--task-queue", request.taskQueue(), "--node", request.key()));
    all.addAll(List.of("--pool", WorkflowIds.pool(request.run().runId()), "--threads", threads));
    return launch
        .with(EngineThreads.environment(request.threads()))
        .start(main, all, EngineThreads.flags(request.threads()), "trainer-" + request.key())
        .toHandle();
  }

  private Optional<ProcessHandle> find(String key) {
    return ProcessHandle.allProcesses()
        .filter(ProcessHandle::isAlive)
        .filter(
            handle -> {
              List<String> given = LocalProcess.arguments(handle);
              int at = given.indexOf("--node");
              return given.contains(main)
                  && at >= 0
                  && at + 1 < given.size()
                  && given.get(at + 1).equals(key);
            })
        .findFirst();
  }

  private static LocalProcess process(Node node) {
    try {
      return LocalProcess.of(node.id());
    } catch (IllegalArgumentException e) {
      throw Failures.of(FailureType.INVARIANT_BROKEN, e, String.valueOf(e.getMessage()));
    }
  }
}
