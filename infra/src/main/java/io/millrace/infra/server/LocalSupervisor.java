package io.millrace.infra.server;

import io.millrace.activities.compute.JavaLaunch;
import io.millrace.activities.deploy.Endpoint;
import io.millrace.activities.deploy.Endpoints;
import io.millrace.activities.deploy.LocalServers;
import io.millrace.activities.store.ObjectStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps local endpoints up: looks at every endpoint of the store and starts the server of one that
 * does not answer, on its port. Runs inside the worker; several of them do not disturb each other.
 */
public final class LocalSupervisor implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LocalSupervisor.class);

  /** A killed server is up again within some five seconds; a look is one listing. */
  private static final Duration EVERY = Duration.ofSeconds(2);

  /** A server that hangs for one look is given a second one before it is called dead. */
  private static final int SILENT_LOOKS = 2;

  /** A server that cannot start is tried again after 1, 2, 4, … looks, at most this many. */
  private static final int LONGEST_PAUSE = 32;

  private final Endpoints endpoints;
  private final LocalServers servers;
  private final Duration every;
  private final Map<String, Integer> silent = new HashMap<>();
  private final Map<String, Integer> failed = new HashMap<>();
  private final Map<String, Integer> pause = new HashMap<>();
  private final Thread thread =
      Thread.ofPlatform().name("server-supervisor").daemon().unstarted(this::run);
  private volatile boolean closed;

  /**
   * @param launch starts the servers
   * @param scratch of the servers
   */
  public LocalSupervisor(ObjectStore store, JavaLaunch launch, Path scratch) {
    this(store, launch, scratch, EVERY);
  }

  LocalSupervisor(ObjectStore store, JavaLaunch launch, Path scratch, Duration every) {
    this.endpoints = new Endpoints(store);
    this.servers = new LocalServers(store, scratch, launch);
    this.every = every;
  }

  /** Starts looking; once. */
  public void start() {
    thread.start();
  }

  private void run() {
    while (!closed) {
      try {
        look();
      } catch (RuntimeException e) {
        LOG.warn("cannot look at the endpoints, trying again: {}", e.getMessage());
      }
      try {
        Thread.sleep(every);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private void look() {
    List<Endpoint> all =
        endpoints.all().stream().flatMap(head -> head.in("local").stream()).toList();
    for (Endpoint endpoint : all) {
      String name = endpoint.name();
      if (closed || endpoint.versions().isEmpty()) {
        continue;
      }
      if (servers.up(endpoint)) {
        silent.remove(name);
        failed.remove(name);
        pause.remove(name);
        continue;
      }
      int waiting = pause.getOrDefault(name, 0);
      if (waiting > 0) {
        pause.put(name, waiting - 1);
      } else if (silent.merge(name, 1, Integer::sum) >= SILENT_LOOKS) {
        start(endpoint);
      }
    }
  }

  private void start(Endpoint endpoint) {
    String name = endpoint.name();
    try {
      if (servers.start(endpoint)) {
        LOG.info("the server of {} was down and is up again", name);
      }
    } catch (RuntimeException e) {
      if (closed) {
        return;
      }
      int tries = failed.merge(name, 1, Integer::sum);
      pause.put(name, Math.min(LONGEST_PAUSE, 1 << Math.min(tries, 10)));
      LOG.warn("the server of {} is down: {}", name, e.getMessage());
    }
  }

  /** Stops looking; the servers stay up. */
  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    try {
      thread.join(Duration.ofSeconds(5));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
