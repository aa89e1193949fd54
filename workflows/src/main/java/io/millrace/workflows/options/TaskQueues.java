package io.millrace.workflows.options;

/** Task queues: one per kind of machine. */
public final class TaskQueues {
  /** Workflows and the short activities: the worker. */
  public static final String PIPELINE = "millrace";

  private TaskQueues() {}

  /** What the nodes of one pool poll. */
  public static String pool(String poolId) {
    return "pool:" + poolId;
  }
}
