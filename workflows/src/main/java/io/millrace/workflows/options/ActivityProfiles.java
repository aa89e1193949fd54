package io.millrace.workflows.options;

import io.millrace.workflows.failure.FailureType;
import io.temporal.activity.ActivityOptions;
import io.temporal.activity.LocalActivityOptions;
import io.temporal.common.RetryOptions;
import java.time.Duration;

/** The few shapes of activity, each number with its reason. */
public final class ActivityProfiles {
  /** Reads and small conditional writes in the store, run in the workflow's own task. */
  public static final LocalActivityOptions QUICK_LOCAL =
      LocalActivityOptions.newBuilder()
          // one object read or written; S3's own p99.9 is under a second
          .setStartToCloseTimeout(Duration.ofSeconds(20))
          .setRetryOptions(retry(Duration.ofMillis(200), Duration.ofSeconds(5), 8))
          .build();

  /** Calls to a cloud or server API. */
  public static final ActivityOptions QUICK_API =
      ActivityOptions.newBuilder()
          // bounds one API call with the SDK's own three tries inside
          .setStartToCloseTimeout(Duration.ofSeconds(60))
          .setRetryOptions(retry(Duration.ofMillis(500), Duration.ofSeconds(20), 6))
          .build();

  /**
   * Orders of nodes. Whoever ordered wants to hear at once that there are none, to order others.
   */
  public static final ActivityOptions LAUNCH =
      QUICK_API.toBuilder()
          .setRetryOptions(
              RetryOptions.newBuilder(retry(Duration.ofMillis(500), Duration.ofSeconds(20), 6))
                  .setDoNotRetry(FailureType.CAPACITY_UNAVAILABLE.name())
                  .build())
          .build();

  /** Ends what nobody would end later: patient, and bounded because somebody waits for it. */
  public static final ActivityOptions LAST_CALL =
      ActivityOptions.newBuilder()
          // one API call, as above
          .setStartToCloseTimeout(Duration.ofSeconds(60))
          // an outage of a cloud's control plane lasts minutes; after that the janitor sweeps
          .setScheduleToCloseTimeout(Duration.ofMinutes(15))
          .setRetryOptions(retry(Duration.ofMillis(500), Duration.ofSeconds(30), 0))
          .build();

  /** The same for an order whose outcome is not known. */
  public static final ActivityOptions LAST_LAUNCH =
      LAST_CALL.toBuilder()
          .setRetryOptions(
              RetryOptions.newBuilder(retry(Duration.ofMillis(500), Duration.ofSeconds(30), 0))
                  .setDoNotRetry(FailureType.CAPACITY_UNAVAILABLE.name())
                  .build())
          .build();

  /** Looks at everything of a kind, page by page; a round that fails is made up for by the next. */
  public static final ActivityOptions SWEEP =
      ActivityOptions.newBuilder()
          // some hundred machines, ten seconds each to end
          .setStartToCloseTimeout(Duration.ofMinutes(30))
          .setRetryOptions(retry(Duration.ofSeconds(1), Duration.ofSeconds(30), 4))
          .build();

  /**
   * Makes a version ready, or takes one down: machines and functions are started, images built and
   * pushed, connections drained. Heartbeats while it does.
   */
  public static final ActivityOptions DEPLOY =
      ActivityOptions.newBuilder()
          // an image's build and push, then a service's start; longer is a service that hangs
          .setStartToCloseTimeout(Duration.ofMinutes(30))
          // heartbeats come every second, so half a minute of silence is a dead worker
          .setHeartbeatTimeout(Duration.ofSeconds(30))
          .setRetryOptions(retry(Duration.ofSeconds(1), Duration.ofSeconds(30), 5))
          .build();

  /** Looks at traffic that a version is judged by; heartbeats while it does. */
  public static final ActivityOptions LOOK =
      QUICK_API.toBuilder()
          // a worker that dies meanwhile is no minute in which nobody watches
          .setHeartbeatTimeout(Duration.ofSeconds(15))
          .build();

  /**
   * Moves traffic; an outcome that is not known is looked at before the next move. Heartbeats while
   * it does.
   */
  public static final ActivityOptions SHIFT =
      LOOK.toBuilder()
          .setRetryOptions(
              RetryOptions.newBuilder(retry(Duration.ofMillis(500), Duration.ofSeconds(20), 6))
                  .setDoNotRetry(FailureType.DEPLOY_STATE_UNKNOWN.name())
                  .build())
          .build();

  /** Takes traffic away from a version that is broken: tried until it is done. */
  public static final ActivityOptions RESCUE =
      ActivityOptions.newBuilder()
          // one call; the shorter it is, the sooner the next try
          .setStartToCloseTimeout(Duration.ofSeconds(20))
          // no limit: giving up would leave users with the broken version
          .setRetryOptions(retry(Duration.ofMillis(200), Duration.ofSeconds(5), 0))
          .build();

  /** Messages to people: best effort, so few tries. */
  public static final ActivityOptions NOTIFY =
      ActivityOptions.newBuilder()
          // one webhook; a receiver that takes longer is as good as down
          .setStartToCloseTimeout(Duration.ofSeconds(20))
          .setRetryOptions(retry(Duration.ofSeconds(1), Duration.ofSeconds(5), 3))
          .build();

  /** Moves or reads whole tables and packages; heartbeats while it does. */
  public static final ActivityOptions BULK =
      ActivityOptions.newBuilder()
          // a table that takes longer belongs on the athena adapter
          .setStartToCloseTimeout(Duration.ofHours(6))
          // heartbeats come every second, so half a minute of silence is a dead worker
          .setHeartbeatTimeout(Duration.ofSeconds(30))
          .setRetryOptions(retry(Duration.ofSeconds(1), Duration.ofSeconds(30), 5))
          .build();

  private ActivityProfiles() {}

  /** Training on a pool's node. */
  public static ActivityOptions train(String taskQueue) {
    return ActivityOptions.newBuilder()
        .setTaskQueue(taskQueue)
        .setStartToCloseTimeout(Duration.ofHours(24))
        // heartbeats come every second; 15 s of silence hands the trial to the next node
        .setHeartbeatTimeout(Duration.ofSeconds(15))
        // attempts are bounded by the pool's interruption budget, not here
        .setRetryOptions(retry(Duration.ofMillis(200), Duration.ofSeconds(5), 50))
        .build();
  }

  /**
   * The same, with words the UI shows beside the activity's name.
   *
   * @param summary at most 400 bytes, the server's limit; longer is cut
   */
  public static ActivityOptions saying(String summary, ActivityOptions options) {
    return options.toBuilder().setSummary(Children.summary(summary)).build();
  }

  private static RetryOptions retry(Duration first, Duration longest, int attempts) {
    return RetryOptions.newBuilder()
        .setInitialInterval(first)
        .setBackoffCoefficient(2)
        .setMaximumInterval(longest)
        .setMaximumAttempts(attempts)
        .build();
  }
}
