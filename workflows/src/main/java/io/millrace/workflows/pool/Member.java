package io.millrace.workflows.pool;

import io.millrace.workflows.pool.ComputePool.NodeState;
import io.millrace.workflows.port.compute.ComputeActivities.LaunchRequest;
import io.millrace.workflows.port.compute.ComputeActivities.Node;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A node of a pool, from its order to its end.
 *
 * @param order what was asked for; asked for again, word for word, until its outcome is known
 * @param node null until then
 * @param state as the node says itself
 * @param warned when it was told that its machine goes; null when it was not
 */
public record Member(
    LaunchRequest order,
    @Nullable Node node,
    Phase phase,
    NodeState state,
    @Nullable Instant warned) {
  /** Where it stands. */
  public enum Phase {
    /** Asked for; it may or may not exist. */
    ASKED,
    /** Part of the pool. */
    STAYING,
    /** Warned: counts for nothing any more, and is replaced while it still works. */
    LEAVING,
    /** Being ended by the pool. */
    ENDING
  }

  /** Its order's key. */
  public String key() {
    return order.key();
  }

  Member in(Phase next) {
    return new Member(order, node, next, state, warned);
  }
}
