package io.millrace.workflows.pool;

import io.millrace.workflows.options.WorkflowTime;
import io.millrace.workflows.pool.Member.Phase;
import io.millrace.workflows.port.compute.ComputeActivities.Node;
import io.temporal.workflow.Workflow;
import java.time.Duration;
import java.time.Instant;
import org.slf4j.Logger;

/** Which nodes a pool ends while it goes on. */
final class Endings {
  private static final Logger LOG = Workflow.getLogger(Endings.class);

  /** A replacement boots meanwhile; a warned node that is still there then is not taken away. */
  static final Duration LEAVES_WITHIN = Duration.ofMinutes(5);

  private final Fleet fleet;
  private final Stalls stalls;
  private final Budgets budgets;
  private final Calls calls;
  private final Pauses pauses;

  Endings(Fleet fleet, Stalls stalls, Budgets budgets, Calls calls, Pauses pauses) {
    this.fleet = fleet;
    this.stalls = stalls;
    this.budgets = budgets;
    this.calls = calls;
    this.pauses = pauses;
  }

  /** What is not needed, what was warned and replaced, and what gets nowhere. */
  void end(int target, Instant now) {
    for (Member idle : fleet.surplus(target)) {
      LOG.info("{} has no work: ending it", idle.key());
      fleet.ending(idle.key());
    }
    for (Member overdue : fleet.overdue(target, LEAVES_WITHIN, now)) {
      LOG.info("{} was warned and is replaced: ending it", overdue.key());
      budgets.interrupted();
      fleet.ending(overdue.key());
    }
    for (Member stalled : fleet.stalled(stalls, now)) {
      LOG.warn(
          "{} has done no step for {}: replacing it",
          stalled.key(),
          WorkflowTime.words(stalls.silent(stalled.key(), now)));
      budgets.interrupted();
      fleet.ending(stalled.key());
    }
    for (Member ending : fleet.in(Phase.ENDING)) {
      Node node = ending.node();
      if (node != null && !calls.ending(ending.key()) && !now.isBefore(pauses.ending())) {
        calls.end(node);
      }
    }
  }
}
