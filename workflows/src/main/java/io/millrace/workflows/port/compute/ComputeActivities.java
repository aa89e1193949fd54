package io.millrace.workflows.port.compute;

import io.millrace.workflows.ref.Checks;
import io.millrace.workflows.ref.RunRef;
import io.temporal.activity.ActivityInterface;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** Machines, or local processes, that run trials. */
@ActivityInterface(namePrefix = "Compute")
public interface ComputeActivities {
  /** Starts a node; a repeat with the same {@code key} answers the node that runs already. */
  Node launch(LaunchRequest request);

  /**
   * Watches nodes and returns when one of them ended, or after {@code atMost}. Heartbeats. A node
   * is gone only when the process table (or the cloud) says so.
   */
  NodeReport await(AwaitRequest request);

  /** Ends a node: asks, waits, then kills. A node that is gone already is success. */
  void terminate(Node node);

  /**
   * @param key idempotency key
   * @param taskQueue what the node polls
   * @param kind {@code local}
   * @param threads native threads
   */
  record LaunchRequest(RunRef run, String key, String taskQueue, String kind, int threads) {}

  /**
   * @param id of the process: {@code pid@start}
   * @param kind {@code local}
   */
  record Node(String key, String id, String kind, Instant launched) {}

  record AwaitRequest(List<Node> nodes, Duration atMost) {}

  /**
   * @param ended nodes that are gone
   */
  record NodeReport(List<Node> ended) {
    public NodeReport {
      ended = Checks.list(ended);
    }
  }
}
