package io.millrace.infra.local;

import io.millrace.infra.config.AppConfig;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Keeps the Temporal server and the worker of this machine running: looks four times a second and
 * starts again what ended, at most every two seconds each. Ended itself, it leaves them running;
 * the next {@code up} starts a keeper that takes them over by their pid files.
 */
public final class Keeper {
  private static final Duration BETWEEN_STARTS = Duration.ofSeconds(2);

  private Keeper() {}

  /** Runs until it is told to end. */
  public static void main(String[] args) throws InterruptedException {
    AppConfig config = AppConfig.load();
    LocalServices services = LocalServices.of(config);
    CountDownLatch end = new CountDownLatch(1);
    Runtime.getRuntime().addShutdownHook(new Thread(end::countDown, "keeper-end"));
    Instant temporalStarted = Instant.EPOCH;
    Instant workerStarted = Instant.EPOCH;
    do {
      Instant now = Instant.now();
      if (!services.external()
          && services.temporal().running().isEmpty()
          && temporalStarted.plus(BETWEEN_STARTS).isBefore(now)) {
        temporalStarted = now;
        System.out.println(now + " starting the Temporal server");
        say("the Temporal server", services.startTemporal());
      }
      if (services.worker().running().isEmpty()
          && workerStarted.plus(BETWEEN_STARTS).isBefore(now)
          && services.temporalListens()) {
        workerStarted = now;
        System.out.println(now + " starting the worker");
        say("the worker", services.startWorker());
      }
    } while (!end.await(250, TimeUnit.MILLISECONDS));
  }

  private static void say(String what, Process process) {
    process
        .onExit()
        .thenAccept(
            ended ->
                System.out.println(
                    Instant.now() + " " + what + " ended with exit code " + ended.exitValue()));
  }
}
