package io.millrace.inference.server;

import io.helidon.http.encoding.ContentEncodingContext;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.millrace.inference.log.LogSink;
import io.millrace.inference.log.PredictionLog;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves one endpoint over HTTP/1.1 and HTTP/2, a virtual thread per request. Follows the desired
 * state: a new version answers once it is loaded, a removed one is closed after its last request.
 */
public final class ModelServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ModelServer.class);

  /** A client that sends nothing for so long loses its connection; slow ones must not pile up. */
  private static final Duration READ_TIMEOUT = Duration.ofSeconds(30);

  private static final Duration IDLE = Duration.ofMinutes(5);
  private static final Duration QUIET = Duration.ofMillis(100);

  private final ServerConfig config;
  private final Fleet fleet;
  private final PredictionLog log;
  private final Scoring scoring;
  private final Answers answers = new Answers();
  private final WebServer web;
  private final ScheduledExecutorService poller =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("desired-state").daemon().factory());
  private boolean stopped;

  public ModelServer(
      ServerConfig config, DesiredStates states, PackageSource packages, LogSink sink) {
    this(config, states, packages, sink, Clock.systemUTC());
  }

  ModelServer(
      ServerConfig config,
      DesiredStates states,
      PackageSource packages,
      LogSink sink,
      Clock clock) {
    this.config = config;
    fleet = new Fleet(config.endpoint(), states, packages, config.drain());
    log = new PredictionLog(config.endpoint(), config.server(), config.logQueueRows(), sink, clock);
    scoring = new Scoring(fleet, log, config.concurrency(), clock);
    Bodies bodies = new Bodies(config.maxBodyBytes(), config.maxBufferedBytes());
    MetricsText metrics = new MetricsText(config.endpoint(), fleet, scoring, log, answers);
    web =
        WebServer.builder()
            .address(address(config.host()))
            .port(config.port())
            .shutdownHook(false) // the main decides when to drain
            .shutdownGracePeriod(Duration.ofMillis(200)) // we drained before
            .connectionOptions(options -> options.readTimeout(READ_TIMEOUT).tcpNoDelay(true))
            .idleConnectionTimeout(IDLE)
            // bodies are decompressed by Bodies, which counts what comes out
            .contentEncoding(
                ContentEncodingContext.builder()
                    .contentEncodingsDiscoverServices(false)
                    .addContentEncoding(new Undecoded())
                    .build())
            .directHandlers(Undecoded.failures())
            .routing(
                routing ->
                    routing
                        .register(new InferenceRoutes(config, fleet, scoring, bodies, answers))
                        .register(new AdminRoutes(fleet, log, answers, metrics))
                        .any(answers.guard(ModelServer::notFound)))
            .build();
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
    fleet.refresh(true);
    web.start();
    long millis = config.poll().toMillis();
    poller.scheduleWithFixedDelay(
        () -> fleet.refresh(false), millis, millis, TimeUnit.MILLISECONDS);
    LOG.info("endpoint {} on port {}", config.endpoint(), port());
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
    fleet.close();
    log.close(config.drain());
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
