package io.millrace.infra.server;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Asks an endpoint the same over and over on two connections, and keeps what went wrong. */
final class Load implements AutoCloseable {
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final HttpRequest request;
  private final AtomicLong requests = new AtomicLong();
  private final Queue<String> failures = new ConcurrentLinkedQueue<>();
  private final Map<String, Long> answers = new ConcurrentHashMap<>();
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean closed;

  Load(URI uri, String body) {
    request =
        HttpRequest.newBuilder(uri)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    for (int i = 0; i < 2; i++) {
      threads.add(Thread.ofPlatform().start(this::run));
    }
  }

  private void run() {
    while (!closed) {
      try {
        HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() == 200) {
          String version = response.headers().firstValue("x-millrace-version").orElse("none");
          answers.merge(version, 1L, Long::sum);
        } else {
          failures.add(response.statusCode() + " " + response.body());
        }
      } catch (IOException e) {
        failures.add(e.toString());
      } catch (InterruptedException e) {
        return;
      }
      requests.incrementAndGet();
    }
  }

  /** Waits for so many more requests. */
  void awaitRequests(int more) throws InterruptedException {
    long until = requests.get() + more;
    while (requests.get() < until) {
      TimeUnit.MILLISECONDS.sleep(5);
    }
  }

  List<String> failures() {
    return List.copyOf(failures);
  }

  /** Requests by the version that answered. */
  Map<String, Long> answers() {
    return Map.copyOf(answers);
  }

  @Override
  public void close() {
    closed = true;
    for (Thread thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
