package io.millrace.activities.heartbeat;

import io.temporal.activity.Activity;
import io.temporal.activity.ActivityExecutionContext;
import io.temporal.client.ActivityCompletionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Heartbeats each second from a thread of its own, so that one long query or start does not look
 * like a dead worker. Whoever uses it bounds what is done meanwhile: one that hangs is not noticed
 * by this. Outside an activity it does nothing.
 */
public final class SteadyHeartbeat implements AutoCloseable {
  /** Well under the 30 s heartbeat timeouts of {@code ActivityProfiles}. */
  private static final long EVERY_MILLIS = 1000;

  private final AtomicReference<@Nullable ActivityCompletionException> end =
      new AtomicReference<>();
  private final @Nullable Thread ticker;

  private SteadyHeartbeat(
      @Nullable ActivityExecutionContext context, String name, Supplier<?> details) {
    ticker =
        context == null
            ? null
            : Thread.ofPlatform().daemon().name(name).start(() -> tick(context, details));
  }

  /**
   * Starts; close it in a try-with-resources.
   *
   * @param name of the thread
   * @param details asked before each
   */
  public static SteadyHeartbeat start(String name, Supplier<?> details) {
    ActivityExecutionContext context;
    try {
      context = Activity.getExecutionContext();
    } catch (IllegalStateException outside) {
      context = null;
    }
    return new SteadyHeartbeat(context, name, details);
  }

  /**
   * @throws ActivityCompletionException when the activity was cancelled or timed out meanwhile
   */
  public void check() {
    ActivityCompletionException ended = end.get();
    if (ended != null) {
      throw ended;
    }
  }

  private void tick(ActivityExecutionContext context, Supplier<?> details) {
    try {
      while (true) {
        context.heartbeat(details.get());
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
