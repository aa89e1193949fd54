package io.millrace.activities.gate;

import io.temporal.activity.ActivityExecutionContext;
import io.temporal.client.ActivityCompletionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Heartbeats once a second from its own thread, so that a long read is not taken for a dead worker.
 * A cancellation is kept and thrown at the next {@link #check}.
 */
final class Beat implements AutoCloseable {
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("gate-heartbeat").factory());
  private final ActivityExecutionContext context;
  private volatile String stage;
  private volatile @Nullable ActivityCompletionException stopped;

  Beat(ActivityExecutionContext context, String stage) {
    this.context = context;
    this.stage = stage;
    thread.scheduleWithFixedDelay(this::beat, 0, 1, TimeUnit.SECONDS);
  }

  /** What is under way; told with the next heartbeat. */
  void at(String now) {
    stage = now;
    check();
  }

  /** Throws when the activity is to stop. */
  void check() {
    ActivityCompletionException reason = stopped;
    if (reason != null) {
      throw reason;
    }
  }

  private void beat() {
    try {
      context.heartbeat(stage);
    } catch (ActivityCompletionException e) {
      stopped = e;
    }
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
