package io.millrace.inference.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.inference.log.PredictionLog;
import io.millrace.inference.model.PackageFiles;
import io.millrace.inference.model.TestPackages;
import io.millrace.inference.protocol.Answer;
import io.millrace.inference.runtime.Rows;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServerUnderLoadTest {
  private static final String ROW = "{\"age\":50,\"income\":1500,\"city\":\"berlin\"}";
  private static final String ONE = "{\"instances\":[" + ROW + "]}";

  @TempDir Path dir;
  private TestServer server;

  @BeforeEach
  void start() {
    server =
        new TestServer()
            .version(1, TestPackages.linear(dir.resolve("v1"), 0))
            .version(2, TestPackages.linear(dir.resolve("v2"), 1))
            .want(1, 1, 1.0)
            .start();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void aRequestThatFindsNoPermit_isToldToComeAgain() throws Exception {
    CountDownLatch scoring = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    try (PredictionLog log = new PredictionLog("e", "e", 10, server.sink, Clock.systemUTC());
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Path place = dir.resolve("v1");
      DesiredState state =
          new DesiredState(
              1, "e", List.of(new DesiredState.Version(1, "p", PackageFiles.digest(place), 1)));
      Fleet fleet =
          new Fleet(
              "e",
              () -> Optional.of(state),
              (prefix, digest) -> place,
              Duration.ofSeconds(5),
              Batching.DEFAULT);
      fleet.refresh(true);
      Places places = new Places(Limits.DEFAULT.withConcurrency(1, 0, Duration.ZERO));
      Scoring one = new Scoring(fleet, log, places, new Mirror(fleet, log, 1), Clock.systemUTC());
      Scoring.Protocol slow = new Slow(scoring, goOn);
      Future<Scoring.Answering> first = threads.submit(() -> one.answer("a", slow));
      scoring.await();
      assertThatThrownBy(() -> one.answer("b", slow))
          .isInstanceOfSatisfying(HttpProblem.class, e -> assertThat(e.status()).isEqualTo(503))
          .hasMessage("server: 1 requests at once and 0 that wait (expected: try again)");
      assertThat(places.taken()).isEqualTo(1);
      goOn.countDown();
      assertThat(first.get().version()).isEqualTo(1);
      assertThat(places.taken()).isZero();
      fleet.close();
      assertThatThrownBy(() -> one.answer("c", slow)).isInstanceOf(HttpProblem.class);
    }
  }

  private record Slow(CountDownLatch scoring, CountDownLatch goOn) implements Scoring.Protocol {
    @Override
    public Rows read(Backend backend) {
      scoring.countDown();
      try {
        goOn.await();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      Rows rows = new Rows(backend.runtime().schema());
      rows.row(Map.of("age", 1, "income", 1, "city", "x"));
      return rows;
    }

    @Override
    public byte[] write(Answer answer) {
      return new byte[0];
    }
  }

  @Test
  void switchingUnderLoad_andStopping_failNoRequest() throws Exception {
    AtomicBoolean on = new AtomicBoolean(true);
    Queue<String> failures = new ConcurrentLinkedQueue<>();
    AtomicInteger answered = new AtomicInteger();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 4; i++) {
        threads.submit(
            () -> {
              while (on.get()) {
                HttpResponse<String> response = server.post("/invocations", ONE);
                if (response.statusCode() != 200) {
                  failures.add(response.body());
                }
                answered.incrementAndGet();
              }
            });
      }
      for (int seq = 2; seq < 30; seq++) {
        server.want(seq, seq % 2 + 1, 1.0); // the other version is unloaded each time
        server.post("/admin/reload", "");
        int before = answered.get();
        while (answered.get() < before + 5) {
          Thread.onSpinWait();
        }
      }
      on.set(false);
    }
    assertThat(failures).isEmpty();
    server.server.stop();
    assertThat(server.sink.lines()).hasSize(answered.get());
  }
}
