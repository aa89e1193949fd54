package io.millrace.infra.it;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongFunction;

/**
 * So many requests a second, however long the answers take (an open loop, so a slow server is not
 * spared, unless a number of requests at once is given); each answer is kept with its version, its
 * time and how long it took.
 */
final class ConstantLoad implements AutoCloseable {
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();
  private final URI uri;
  private final Map<String, String> headers;
  private final Semaphore places;
  private final LongFunction<String> bodies;
  private final long everyNanos;
  private final Queue<Answer> answers = new ConcurrentLinkedQueue<>();
  private final AtomicLong sent = new AtomicLong();
  private final AtomicLong done = new AtomicLong();
  private final Thread thread;
  private volatile boolean closed;

  /**
   * One answer.
   *
   * @param version 0 when none was told
   * @param status 0 when there was no answer
   * @param problem empty of a good one
   */
  record Answer(Instant at, int version, int status, Duration took, String problem) {
    boolean failed() {
      return status != 200;
    }
  }

  /**
   * @param bodies of the request with this number
   */
  ConstantLoad(URI uri, int perSecond, LongFunction<String> bodies) {
    this(uri, Map.of(), perSecond, Integer.MAX_VALUE, bodies);
  }

  /**
   * @param headers of each request
   * @param atOnce requests under way at most; the next ones wait for a place
   */
  ConstantLoad(
      URI uri,
      Map<String, String> headers,
      int perSecond,
      int atOnce,
      LongFunction<String> bodies) {
    this.uri = uri;
    this.headers = headers;
    this.places = new Semaphore(atOnce, true);
    this.bodies = bodies;
    this.everyNanos = TimeUnit.SECONDS.toNanos(1) / perSecond;
    this.thread = Thread.ofPlatform().name("constant-load").start(this::run);
  }

  private void run() {
    long next = System.nanoTime();
    while (!closed) {
      long number = sent.getAndIncrement();
      Thread.startVirtualThread(
          () -> {
            places.acquireUninterruptibly();
            try {
              one(bodies.apply(number));
            } finally {
              places.release();
            }
          });
      next += everyNanos;
      while (next - System.nanoTime() > 0) {
        LockSupport.parkNanos(next - System.nanoTime());
      }
    }
  }

  private void one(String body) {
    Instant at = Instant.now();
    long start = System.nanoTime();
    int version = 0;
    int status = 0;
    String problem = "";
    try {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(uri)
              .timeout(Duration.ofSeconds(30))
              .header("Content-Type", "application/json")
              .POST(HttpRequest.BodyPublishers.ofString(body));
      headers.forEach(request::header);
      HttpResponse<String> response =
          http.send(request.build(), HttpResponse.BodyHandlers.ofString());
      status = response.statusCode();
      version =
          response.headers().firstValue("x-millrace-version").map(Integer::parseInt).orElse(0);
      problem = status == 200 ? "" : message(response.body());
    } catch (IOException | RuntimeException e) {
      problem = e.toString();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      problem = "interrupted";
    }
    answers.add(
        new Answer(at, version, status, Duration.ofNanos(System.nanoTime() - start), problem));
    done.incrementAndGet();
  }

  private static String message(String body) throws IOException {
    JsonNode error = PayloadJson.mapper().readTree(body).path("error");
    return error.isMissingNode() ? body : error.asText();
  }

  /** Everything that was answered so far, or not. */
  List<Answer> answers() {
    return new ArrayList<>(answers);
  }

  /** What was sent since then and was answered so far, or not. */
  List<Answer> since(Instant moment) {
    return answers.stream().filter(answer -> !answer.at().isBefore(moment)).toList();
  }

  /** Sends no more and waits for what is under way. */
  @Override
  public void close() {
    closed = true;
    try {
      thread.join();
      while (done.get() < sent.get()) {
        TimeUnit.MILLISECONDS.sleep(5);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
