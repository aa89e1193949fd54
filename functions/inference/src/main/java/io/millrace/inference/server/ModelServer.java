package io.millrace.inference.server;

import io.helidon.common.tls.Tls;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.millrace.inference.log.LogSink;
import io.millrace.inference.log.PredictionLog;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves endpoints over HTTP/1.1 and HTTP/2, with or without TLS, a virtual thread per request.
 * Follows the desired states: a new version answers once it is loaded, a removed one is closed
 * after its last request.
 */
public final class ModelServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ModelServer.class);

  /** A client that sends nothing for so long loses its connection; slow ones must not pile up. */
  private static final Duration READ_TIMEOUT = Duration.ofSeconds(30);

  private static final Duration IDLE = Duration.ofMinutes(5);
  private static final Duration QUIET = Duration.ofMillis(100);

  private final ServerConfig config;
  private final ServedEndpoints endpoints;
  private final Answers answers = new Answers();
  private final WebServer web;
  private final ScheduledExecutorService poller =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("desired-state").daemon().factory());
  private boolean stopped;

  public ModelServer(
      ServerConfig config, DesiredStates states, PackageSource packages, LogSink sink) {
    this(config, Map.of(config.endpoint(), states), packages, sink, Clock.systemUTC());
  }

  /**
   * Of several endpoints, each with its own versions, weights and log.
   *
   * @param states by the endpoint's name; the config's endpoint must be one of them
   */
  public ModelServer(
      ServerConfig config,
      Map<String, DesiredStates> states,
      PackageSource packages,
      LogSink sink) {
    this(config, states, packages, sink, Clock.systemUTC());
  }

  ModelServer(
      ServerConfig config,
      Map<String, DesiredStates> states,
      PackageSource packages,
      LogSink sink,
      Clock clock) {
    this.config = config;
    if (!states.containsKey(config.endpoint())) {
      throw new IllegalArgumentException(
          "endpoint: " + config.endpoint() + " (expected: one of " + states.keySet() + ")");
    }
    Tls tls = config.tls() == null ? null : config.tls().open();
    Limits limits = config.limits();
    Places places = new Places(limits);
    List<Served> served = new ArrayList<>();
    states.forEach(
        (name, desired) -> {
          ServerConfig.named("endpoint", name);
          Fleet fleet = new Fleet(name, desired, packages, config.drain(), config.batching());
          PredictionLog log =
              new PredictionLog(name, config.server(), limits.logRows(), sink, clock);
          Mirror mirror = new Mirror(fleet, log, Math.max(1, limits.concurrency() / 4));
          Served one = new Served(name, fleet, log, new Scoring(fleet, log, places, mirror, clock));
          served.add(name.equals(config.endpoint()) ? 0 : served.size(), one);
        });
    endpoints = new ServedEndpoints(served);
    Bodies bodies = new Bodies(limits);
    Access access = new Access(config.keys());
    MetricsText metrics = new MetricsText(config.endpoint(), endpoints, places, answers, access);
    var builder =
        WebServer.builder()
            .address(address(config.host()))
            .port(config.port())
            .shutdownHook(false) // the main decides when to drain
            .shutdownGracePeriod(Duration.ofMillis(200)) // we drained before
            .maxTcpConnections(limits.connections())
            .connectionOptions(options -> options.readTimeout(READ_TIMEOUT).tcpNoDelay(true))
            .idleConnectionTimeout(IDLE)
            // bodies are decompressed by Bodies, which counts what comes out
            .contentEncoding(new Undecoded())
            .directHandlers(Undecoded.failures())
            .routing(
                routing ->
                    routing
                        .register(new InferenceRoutes(config, endpoints, bodies, answers, access))
                        .register(new AdminRoutes(endpoints, answers, access, metrics))
                        .any(answers.guard(ModelServer::notFound)));
    if (tls != null) {
      builder.tls(tls);
    }
    web = builder.build();
  }

  private static void notFound(ServerRequest request, ServerResponse response) {
    throw new HttpProblem(
        404,
        request.prologue().method()
            + " "
            + request.path().rawPath()
            + " (expected: /v2/models/<model>/infer, /invocations, /v2/health/ready, /metrics)");
  }

  private static InetAddress address(String host) {
    try {
      return InetAddress.getByName(host);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("host: " + host + " (expected: an address)", e);
    }
  }

  /**
   * Loads what is wanted now, then listens; {@code /v2/health/ready} says when there is a version.
   */
  public ModelServer start() {
    endpoints.all().forEach(served -> served.fleet().refresh(true));
    web.start();
    long millis = config.poll().toMillis();
    poller.scheduleWithFixedDelay(
        () -> endpoints.all().forEach(served -> served.fleet().refresh(false)),
        millis,
        millis,
        TimeUnit.MILLISECONDS);
    LOG.info(
        "endpoints {} on {}port {}",
        endpoints.all().stream().map(Served::name).toList(),
        config.tls() == null ? "" : "TLS ",
        port());
    return this;
  }

  /** The port it listens on. */
  public int port() {
    return web.port();
  }

  /**
   * Ends gracefully: says not ready, answers what is under way and asks clients to leave, then
   * stops listening and writes the rest of the log. Waits at most {@link ServerConfig#drain} for
   * each.
   */
  public synchronized void stop() {
    if (stopped) {
      return;
    }
    stopped = true;
    answers.drain();
    poller.shutdownNow();
    waitForRequests();
    web.stop();
    endpoints.all().forEach(served -> served.fleet().close());
    endpoints.all().forEach(served -> served.log().close(config.drain()));
    config.traces().close();
    LOG.info("endpoint {} stopped", config.endpoint());
  }

  private void waitForRequests() {
    long now = System.nanoTime();
    long end = now + config.drain().toNanos();
    try {
      // quiet for a while: a client may have sent its next request before it read our good-bye
      for (long quiet = now; now - quiet < QUIET.toNanos() && now < end; now = System.nanoTime()) {
        if (answers.active() > 0) {
          quiet = System.nanoTime();
        }
        Thread.sleep(5);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** {@link #stop}. */
  @Override
  public void close() {
    stop();
  }
}
