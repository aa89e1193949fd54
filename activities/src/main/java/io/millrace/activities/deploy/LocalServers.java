package io.millrace.activities.deploy;

import io.millrace.activities.compute.JavaLaunch;
import io.millrace.activities.compute.LocalProcess;
import io.millrace.activities.store.ObjectStore;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The model servers on this machine: one detached process per endpoint. The port is the lock: of
 * two processes started for one endpoint the second cannot listen, and ends. Thread-safe.
 */
public final class LocalServers {
  private static final Logger LOG = LoggerFactory.getLogger(LocalServers.class);

  /** The class in infra that is the server's process: adapters do not know the mains otherwise. */
  private static final String MAIN = "io.millrace.infra.server.ServerMain";

  /** The sum of JVM start, class loading and a slow machine's first look at the store. */
  private static final Duration START = Duration.ofSeconds(40);

  private final ObjectStore store;
  private final Path scratch;
  private final JavaLaunch launch;
  private final ServerClient client = new ServerClient();

  /**
   * @param scratch packages are fetched to here
   * @param launch starts the servers; its flags bound their heap
   */
  public LocalServers(ObjectStore store, Path scratch, JavaLaunch launch) {
    this.store = store;
    this.scratch = scratch;
    this.launch = launch;
  }

  /** Whether the endpoint's server answers. */
  public boolean up(Endpoint endpoint) {
    return state(endpoint).isPresent();
  }

  /**
   * What the endpoint's server says; empty when it is not up. Another server may have taken the
   * port meanwhile (of another store, say), so the process that announced itself must be alive.
   */
  Optional<ServerClient.ServerState> state(Endpoint endpoint) {
    return announced(endpoint) ? client.state(endpoint) : Optional.empty();
  }

  /** What a server does once it listens. @param scratch as it was given */
  public static void announce(Path scratch, String endpoint) throws IOException {
    Path file = announcement(scratch, endpoint);
    Files.createDirectories(file.toAbsolutePath().getParent());
    Path part = file.resolveSibling(file.getFileName() + "." + ProcessHandle.current().pid());
    Files.writeString(part, LocalProcess.of(ProcessHandle.current()).id());
    Files.move(part, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }

  private static Path announcement(Path scratch, String endpoint) {
    return scratch.resolve("servers").resolve(endpoint + ".pid");
  }

  private boolean announced(Endpoint endpoint) {
    try {
      String id = Files.readString(announcement(scratch, endpoint.name())).strip();
      return LocalProcess.of(id).running().isPresent();
    } catch (IOException | IllegalArgumentException e) {
      return false;
    }
  }

  /**
   * Starts the endpoint's server when it does not answer, on the endpoint's port, and waits until
   * it does.
   *
   * @return false when it was up already
   * @throws io.temporal.failure.ApplicationFailure {@code ENDPOINT_UNAVAILABLE}
   */
  public boolean start(Endpoint endpoint) {
    if (up(endpoint)) {
      return false;
    }
    String log = "server-" + endpoint.name();
    Process process;
    try {
      process =
          launch.start(
              MAIN,
              List.of(
                  "--endpoint",
                  endpoint.name(),
                  "--store",
                  store.uri(),
                  "--port",
                  String.valueOf(endpoint.port()),
                  "--scratch",
                  scratch.toString()),
              List.of(),
              log);
    } catch (IOException e) {
      throw unavailable(endpoint, e, "cannot be started: " + e.getMessage());
    }
    LOG.info("started the server of {} on port {}", endpoint.name(), endpoint.port());
    long end = System.nanoTime() + START.toNanos();
    while (System.nanoTime() < end) {
      if (up(endpoint)) {
        return true;
      }
      if (!process.isAlive() && !up(endpoint)) {
        throw unavailable(
            endpoint,
            null,
            "ended with " + process.exitValue() + ", see " + launch.log(log).toAbsolutePath());
      }
      pause(endpoint);
    }
    throw unavailable(
        endpoint,
        null,
        "silent for " + START.toSeconds() + " s, see " + launch.log(log).toAbsolutePath());
  }

  /** Ends the endpoint's server, which drains first; none is success. */
  void stop(Endpoint endpoint) {
    Optional<ProcessHandle> running;
    try {
      String id = Files.readString(announcement(scratch, endpoint.name())).strip();
      running = LocalProcess.of(id).running();
    } catch (IOException | IllegalArgumentException e) {
      return;
    }
    running.ifPresent(ProcessHandle::destroy);
    long end = System.nanoTime() + START.toNanos();
    while (announced(endpoint)) {
      if (System.nanoTime() > end) {
        throw unavailable(endpoint, null, "still there " + START.toSeconds() + " s after SIGTERM");
      }
      pause(endpoint);
    }
  }

  int freePort(String endpoint) {
    return Ports.free(store, endpoint);
  }

  ServerClient client() {
    return client;
  }

  static void pause(Endpoint endpoint) {
    try {
      Thread.sleep(50);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unavailable(endpoint, e, "interrupted while waiting");
    }
  }

  static RuntimeException unavailable(
      Endpoint endpoint, @Nullable Exception cause, String problem) {
    return Failures.of(
        FailureType.ENDPOINT_UNAVAILABLE,
        cause,
        "server of "
            + endpoint.name()
            + ": "
            + problem
            + " (expected: to answer on port "
            + endpoint.port()
            + ")");
  }
}
