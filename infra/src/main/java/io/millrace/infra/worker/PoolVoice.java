package io.millrace.infra.worker;

import io.millrace.workflows.pool.ComputePool;
import io.millrace.workflows.pool.ComputePool.NodeNews;
import io.millrace.workflows.pool.ComputePool.NodeState;
import io.millrace.workflows.port.train.TrainActivities.TrialProgress;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowNotFoundException;
import java.time.Duration;
import java.util.Objects;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells a node's pool whether the node works, when that changes, and now and then that it gets on:
 * the pool ends idle nodes that no trial needs, replaces those that get nowhere, and knows from the
 * first word that the node is up. Best effort: what did not arrive is said again at the next look.
 * Not thread-safe.
 */
final class PoolVoice {
  private static final Logger LOG = LoggerFactory.getLogger(PoolVoice.class);

  /** Each telling is an event in the pool's history, of which a day has 1,440 minutes. */
  static final Duration STEPS_EVERY = Duration.ofMinutes(2);

  private final WorkflowClient client;
  private final @Nullable String pool;
  private final String node;
  private final LongSupplier nanos;
  private @Nullable NodeState said;
  private @Nullable Integer trial;
  private @Nullable Long step;
  private long stepSaid;

  /**
   * @param pool workflow id; null for a node without one, which says nothing
   */
  PoolVoice(WorkflowClient client, @Nullable String pool, String node) {
    this(client, pool, node, System::nanoTime);
  }

  PoolVoice(WorkflowClient client, @Nullable String pool, String node, LongSupplier nanos) {
    this.client = client;
    this.pool = pool;
    this.node = node;
    this.nanos = nanos;
  }

  /**
   * @param progress of the trial under way; null before it is known
   */
  void say(boolean idle, @Nullable TrialProgress progress) {
    NodeState now = idle ? NodeState.IDLE : NodeState.BUSY;
    Integer trialNow = idle || progress == null ? null : (Integer) progress.trial();
    Long stepNow = trialNow == null || progress == null ? null : progress.step();
    if (pool == null || !news(now, trialNow, stepNow)) {
      return;
    }
    // a trial's first word is without a step: its time begins with the next
    boolean same = now == said && Objects.equals(trialNow, trial);
    Long told = same && stepNow != null && stepNow > 0 ? stepNow : null;
    try {
      client.newWorkflowStub(ComputePool.class, pool).reported(new NodeNews(node, now, told));
    } catch (WorkflowNotFoundException gone) {
      // the node notices by itself that its pool has ended
      LOG.debug("pool {} has ended", pool);
    } catch (RuntimeException e) {
      LOG.debug("pool {} was not told that {} is {}: {}", pool, node, now, e.toString());
      return;
    }
    said = now;
    trial = trialNow;
    step = told;
    stepSaid = nanos.getAsLong();
  }

  private boolean news(NodeState now, @Nullable Integer trialNow, @Nullable Long stepNow) {
    if (now != said || !Objects.equals(trialNow, trial)) {
      return true;
    }
    return stepNow != null
        && stepNow > 0
        && !stepNow.equals(step)
        && (step == null || nanos.getAsLong() - stepSaid >= STEPS_EVERY.toNanos());
  }
}
