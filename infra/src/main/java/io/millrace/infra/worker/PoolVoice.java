package io.millrace.infra.worker;

import io.millrace.workflows.pool.ComputePool;
import io.millrace.workflows.pool.ComputePool.NodeNews;
import io.millrace.workflows.pool.ComputePool.NodeState;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowNotFoundException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells a node's pool whether the node works, when that changes: the pool ends idle nodes that no
 * trial needs, and knows from the first word that the node is up. Best effort: what did not arrive
 * is said again at the next look. Not thread-safe.
 */
final class PoolVoice {
  private static final Logger LOG = LoggerFactory.getLogger(PoolVoice.class);

  private final WorkflowClient client;
  private final @Nullable String pool;
  private final String node;
  private @Nullable NodeState said;

  /**
   * @param pool workflow id; null for a node without one, which says nothing
   */
  PoolVoice(WorkflowClient client, @Nullable String pool, String node) {
    this.client = client;
    this.pool = pool;
    this.node = node;
  }

  void say(boolean idle) {
    NodeState now = idle ? NodeState.IDLE : NodeState.BUSY;
    if (pool == null || now == said) {
      return;
    }
    try {
      client.newWorkflowStub(ComputePool.class, pool).reported(new NodeNews(node, now));
      said = now;
    } catch (WorkflowNotFoundException gone) {
      // the node notices by itself that its pool has ended
      said = now;
    } catch (RuntimeException e) {
      LOG.debug("pool {} was not told that {} is {}: {}", pool, node, now, e.toString());
    }
  }
}
