package io.millrace.workflows.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.pool.ComputePool.Ended;
import io.millrace.workflows.port.compute.ComputeActivities.Node;
import io.temporal.api.enums.v1.EventType;
import io.temporal.client.WorkflowFailedException;
import io.temporal.client.WorkflowStub;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A pool's end is the end of all it started. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PoolEndWorkflowTest extends PoolScene {
  @Test
  void release_isOverWhenTheWatchesHaveSeenTheNodesEnd() {
    bed.compute.watchPatiently();
    ComputePool pool = started(request(2));
    alive(2);
    awaitWatches(pool);

    assertThat(released(pool).ended()).isEqualTo(Ended.RELEASED);

    assertWatchedToTheEnd();
  }

  @Test
  void cancellation_endsNodesAndWatches() {
    bed.compute.watchPatiently();
    ComputePool pool = started(request(2));
    alive(2);
    awaitWatches(pool);

    WorkflowStub.fromTyped(pool).cancel();
    assertThatThrownBy(() -> outcome(pool)).isInstanceOf(WorkflowFailedException.class);

    assertThat(bed.compute.alive()).isEmpty();
    assertWatchedToTheEnd();
  }

  @Test
  void release_whileTheStatusApiIsDown_waitsNoLongerThanAMinute() {
    ComputePool pool = started(request(1));
    Node only = alive(1).getFirst();
    up(pool, only);
    bed.compute.breakDown("await", FailureType.AWS_UNAVAILABLE, "503");
    bed.environment.sleep(Duration.ofMinutes(3));

    assertThat(released(pool).ended()).isEqualTo(Ended.RELEASED);

    assertThat(bed.compute.alive()).isEmpty();
    // by the history's own times: once nobody waits, the test server's clock runs ahead
    Duration waited =
        Duration.between(
            time(EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED),
            time(EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED));
    assertThat(waited).isBetween(Duration.ZERO, Duration.ofMinutes(2));
  }

  /** Of the last event of the kind. */
  private Instant time(EventType type) {
    return bed.client().fetchHistory("ComputePool:" + RUN).getEvents().stream()
        .filter(event -> event.getEventType() == type)
        .map(event -> Instant.ofEpochSecond(event.getEventTime().getSeconds()))
        .reduce((first, second) -> second)
        .orElseThrow();
  }

  private void awaitWatches(ComputePool pool) {
    // asked of the server, not of its clock: that stands still while a watch waits
    while (events(EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED, "ComputeAwait") == 0) {
      assertThat(pool.status().target()).isEqualTo(2);
      Thread.onSpinWait();
    }
  }

  /** Each told what it saw; none was told to stop. */
  private void assertWatchedToTheEnd() {
    assertThat(bed.compute.watching()).isZero();
    assertThat(events(EventType.EVENT_TYPE_ACTIVITY_TASK_CANCEL_REQUESTED, null)).isZero();
    long scheduled = events(EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED, null);
    assertThat(events(EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED, null)).isEqualTo(scheduled);
  }

  private long events(EventType type, @Nullable String activity) {
    return bed.client().fetchHistory("ComputePool:" + RUN).getEvents().stream()
        .filter(event -> event.getEventType() == type)
        .filter(
            event ->
                activity == null
                    || event
                        .getActivityTaskScheduledEventAttributes()
                        .getActivityType()
                        .getName()
                        .equals(activity))
        .count();
  }
}
