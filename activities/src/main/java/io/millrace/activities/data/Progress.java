package io.millrace.activities.data;

import io.millrace.workflows.port.data.DataActivities.IngestProgress;
import io.temporal.activity.Activity;
import io.temporal.activity.ActivityExecutionContext;
import io.temporal.client.ActivityCompletionException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Heartbeats the newest {@link IngestProgress} each second from a thread of its own, so that one
 * long query does not look like a dead worker. Outside an activity it only keeps the progress.
 */
final class Progress implements AutoCloseable {
  /** Well under the 30 s heartbeat timeout of {@code ActivityProfiles.BULK}. */
  private static final long EVERY_MILLIS = 1000;

  private volatile IngestProgress newest = new IngestProgress("read", 0);
  private final AtomicReference<@Nullable ActivityCompletionException> end =
      new AtomicReference<>();
  private final @Nullable Thread ticker;

  private Progress(@Nullable ActivityExecutionContext context) {
    ticker =
        context == null
            ? null
            : Thread.ofPlatform().daemon().name("ingest-heartbeat").start(() -> tick(context));
  }

  /** Starts; close it in a try-with-resources. */
  static Progress start() {
    ActivityExecutionContext context;
    try {
      context = Activity.getExecutionContext();
    } catch (IllegalStateException outside) {
      context = null;
    }
    return new Progress(context);
  }

  /**
   * @throws ActivityCompletionException when the activity was cancelled or timed out meanwhile
   */
  void at(String stage, long rows) {
    newest = new IngestProgress(stage, rows);
    ActivityCompletionException ended = end.get();
    if (ended != null) {
      throw ended;
    }
  }

  IngestProgress newest() {
    return newest;
  }

  private void tick(ActivityExecutionContext context) {
    try {
      while (true) {
        context.heartbeat(newest);
        Thread.sleep(EVERY_MILLIS);
      }
    } catch (ActivityCompletionException e) {
      end.set(e);
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    if (ticker != null) {
      ticker.interrupt();
    }
  }
}
