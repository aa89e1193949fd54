package io.millrace.workflows.pool;

import io.millrace.workflows.port.compute.ComputeActivities;
import io.millrace.workflows.ref.Checks;
import io.millrace.workflows.ref.RunRef;
import io.temporal.workflow.QueryMethod;
import io.temporal.workflow.SignalMethod;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Keeps N nodes alive for a run, replaces lost ones, ends them all. Child of the run. */
@WorkflowInterface
public interface ComputePool {
  @WorkflowMethod
  PoolOutcome run(PoolRequest request);

  @QueryMethod
  PoolStatus status();

  /** Ends every node and the workflow. */
  @SignalMethod
  void release();

  /** A node's machine is about to be taken away; sent by the node, perhaps twice. */
  @SignalMethod
  void warned(NodeWarning warning);

  /**
   * @param node its key
   * @param at when the machine goes; null when it was not said
   */
  record NodeWarning(String node, Warning kind, @Nullable Instant at) {}

  /** What the metadata service says (EC2 user guide, "Spot Instance interruption notices"). */
  enum Warning {
    /** Interruption in two minutes. */
    NOTICE,
    /** Raised risk of one. */
    REBALANCE
  }

  /**
   * @param interruptions lost nodes after which the pool gives up with {@code CAPACITY_UNAVAILABLE}
   * @param carried what it knew when it continued as new; null at its start
   */
  record PoolRequest(
      RunRef run,
      String taskQueue,
      String kind,
      int nodes,
      int threads,
      int interruptions,
      @Nullable Carried carried) {}

  /** What a pool knows. */
  record Carried(List<ComputeActivities.Node> nodes, int launched, int lost) {
    public Carried {
      nodes = Checks.list(nodes);
    }
  }

  record PoolStatus(List<ComputeActivities.Node> nodes, int lost) {}

  record PoolOutcome(int launched, int lost) {}
}
