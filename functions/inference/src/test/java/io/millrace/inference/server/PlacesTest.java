package io.millrace.inference.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class PlacesTest {
  private static Places places(Duration wait) {
    return new Places(Limits.DEFAULT.withConcurrency(1, 1, wait));
  }

  private static void refused(Places places, String message) {
    assertThatThrownBy(places::take)
        .isInstanceOfSatisfying(
            HttpProblem.class,
            e -> {
              assertThat(e.status()).isEqualTo(503);
              assertThat(e.retryAfter()).isEqualTo(1);
            })
        .hasMessage(message);
  }

  @Test
  void oneWaits_theNextIsRefused_andTheOneThatWaitedGetsThePlace() throws Exception {
    Places places = places(Duration.ofSeconds(60));
    places.take();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<?> waits = threads.submit(places::take);
      while (places.waiting() == 0) {
        Thread.onSpinWait();
      }
      refused(places, "server: 1 requests at once and 1 that wait (expected: try again)");
      places.free();
      waits.get();
    }
    assertThat(places.taken()).isEqualTo(1);
    assertThat(places.waiting()).isZero();
    places.free();
    assertThat(places.taken()).isZero();
    assertThat(places.waited().counts()[0]).as("the first did not wait").isPositive();
  }

  @Test
  void whoWaitsTooLong_isRefused_andLeavesTheQueue() {
    Places places = places(Duration.ofMillis(1));
    places.take();
    refused(places, "server: busy for 1 ms (expected: try again)");
    assertThat(places.waiting()).isZero();
    places.free();
    places.take();
    assertThat(places.taken()).isEqualTo(1);
  }
}
