package io.millrace.activities.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Asks an endpoint over and over while a contract test changes it, and keeps what went wrong. */
public final class ContractClient implements AutoCloseable {
  private static final HttpClient HTTP =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();

  private final Asking asking;
  private final Thread thread;
  private final AtomicLong answers = new AtomicLong();
  private final Queue<String> failures = new ConcurrentLinkedQueue<>();
  private final Set<Integer> versions = new ConcurrentSkipListSet<>();
  private volatile boolean closed;

  /** One answer. */
  public record Scored(int version, double score) {}

  interface Asking {
    Scored ask() throws IOException;
  }

  ContractClient(Asking asking) {
    this.asking = asking;
    this.thread = Thread.ofPlatform().name("contract-load").start(this::run);
  }

  /** Posts a body to {@code <url>/invocations} and reads what comes back. */
  public static Scored ask(String url, String body) throws IOException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url + "/invocations"))
            .timeout(Duration.ofSeconds(20))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    try {
      return scored(HTTP.send(request, HttpResponse.BodyHandlers.ofString()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** What an answer says: the version in its header, the score of its only row. */
  public static Scored scored(HttpResponse<String> response) throws IOException {
    if (response.statusCode() != 200) {
      throw new IOException("HTTP " + response.statusCode() + ": " + response.body());
    }
    JsonNode score = PayloadJson.mapper().readTree(response.body()).findValue("score");
    String version = response.headers().firstValue("x-millrace-version").orElse("0");
    return new Scored(Integer.parseInt(version), score == null ? Double.NaN : score.asDouble());
  }

  private void run() {
    while (!closed) {
      try {
        versions.add(asking.ask().version());
      } catch (IOException | RuntimeException e) {
        failures.add(e.toString());
      }
      answers.incrementAndGet();
    }
  }

  /** Waits for so many more answers, good or bad. */
  void awaitAnswers(int more) throws InterruptedException {
    long until = answers.get() + more;
    while (answers.get() < until) {
      TimeUnit.MILLISECONDS.sleep(5);
    }
  }

  List<String> failures() {
    return List.copyOf(failures);
  }

  /** That answered so far. */
  Set<Integer> versions() {
    return new TreeSet<>(versions);
  }

  @Override
  public void close() {
    closed = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
