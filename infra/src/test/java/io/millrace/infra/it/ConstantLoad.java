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
import java.util.Comparator;
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
 * So many requests a second, each due at its time however long the answers take. Where only so many
 * may be under way at once, one that is due waits for a place: it is sent late, never left out, and
 * the wait counts as its latency. Each answer is kept.
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
  private final int perSecond;
  private final long everyNanos;
  private final Queue<Answer> answers = new ConcurrentLinkedQueue<>();
  private final AtomicLong sent = new AtomicLong();
  private final AtomicLong done = new AtomicLong();
  private final long begun;
  private final Thread thread;
  private volatile boolean closed;

  /**
   * One answer.
   *
   * @param at when its request was sent
   * @param version 0 when none was told
   * @param status 0 when there was no answer
   * @param took since its request was due
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
    this.perSecond = perSecond;
    this.everyNanos = TimeUnit.SECONDS.toNanos(1) / perSecond;
    this.begun = System.nanoTime();
    this.thread = Thread.ofPlatform().name("constant-load").start(this::run);
  }

  private void run() {
    while (!closed) {
      long number = sent.getAndIncrement();
      long due = begun + number * everyNanos;
      Thread.startVirtualThread(
          () -> {
            places.acquireUninterruptibly();
            try {
              one(due, bodies.apply(number));
            } finally {
              places.release();
            }
          });
      long next = due + everyNanos;
      while (next - System.nanoTime() > 0) {
        LockSupport.parkNanos(next - System.nanoTime());
      }
    }
  }

  private void one(long due, String body) {
    Instant at = Instant.now();
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
        new Answer(at, version, status, Duration.ofNanos(System.nanoTime() - due), problem));
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

  /** How many answers are missing of what was due up to now, in seconds of the load. */
  double secondsBehind() {
    double due = (System.nanoTime() - begun) / (double) everyNanos;
    return Math.max(0, due - done.get()) / perSecond;
  }

  /** Rate and latencies of these answers, for people. */
  String summary(List<Answer> some) {
    long[] millis = some.stream().mapToLong(answer -> answer.took().toMillis()).sorted().toArray();
    Instant first = some.stream().map(Answer::at).min(Comparator.naturalOrder()).orElseThrow();
    Instant last = some.stream().map(Answer::at).max(Comparator.naturalOrder()).orElseThrow();
    return "%d requests at %.1f/s, answered after %d ms (half), %d ms (99 %%), %d ms (all)"
        .formatted(
            millis.length,
            millis.length / Math.max(1e-3, Duration.between(first, last).toMillis() / 1e3),
            millis[millis.length / 2],
            millis[millis.length * 99 / 100],
            millis[millis.length - 1]);
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
