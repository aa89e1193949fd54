package io.millrace.activities.deploy;

import io.temporal.activity.Activity;
import io.temporal.activity.ActivityExecutionContext;
import io.temporal.client.ActivityCompletionException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Heartbeats each second from a thread of its own while a target works, so that a start of minutes
 * does not look like a dead worker. Every call of a target is bounded by its own timeouts, so a
 * target that hangs ends by them. Outside an activity it does nothing.
 */
final class Heartbeat implements AutoCloseable {
  /** Well under the 30 s heartbeat timeout of {@code ActivityProfiles.DEPLOY}. */
  private static final long EVERY_MILLIS = 1000;

  private final AtomicReference<@Nullable ActivityCompletionException> end =
      new AtomicReference<>();
  private final @Nullable Thread ticker;

  private Heartbeat(@Nullable ActivityExecutionContext context, String stage) {
    ticker =
        context == null
            ? null
            : Thread.ofPlatform()
                .daemon()
                .name("deploy-heartbeat")
                .start(() -> tick(context, stage));
  }

  /** Starts; close it in a try-with-resources. */
  static Heartbeat start(String stage) {
    ActivityExecutionContext context;
    try {
      context = Activity.getExecutionContext();
    } catch (IllegalStateException outside) {
      context = null;
    }
    return new Heartbeat(context, stage);
  }

  /**
   * @throws ActivityCompletionException when the activity was cancelled or timed out meanwhile
   */
  void check() {
    ActivityCompletionException ended = end.get();
    if (ended != null) {
      throw ended;
    }
  }

  private void tick(ActivityExecutionContext context, String stage) {
    try {
      while (true) {
        context.heartbeat(stage);
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
