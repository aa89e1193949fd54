package io.millrace.workflows.replay;

import io.millrace.workflows.TestBed;
import io.millrace.workflows.pool.ComputePool;
import io.millrace.workflows.port.compute.ComputeActivities;
import io.millrace.workflows.port.compute.ComputeActivities.Market;
import io.millrace.workflows.port.compute.ComputeActivities.Offering;
import io.millrace.workflows.ref.RunRef;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowFailedException;
import io.temporal.client.WorkflowStub;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * Writes the histories of pools that end otherwise than by a release: warned, stalled, cancelled.
 * Arguments: the folder of histories, then the paths to record.
 */
public final class RecordPools {
  private final Histories histories;

  private RecordPools(Path folder) {
    this.histories = new Histories(folder);
  }

  public static void main(String[] arguments) {
    RecordPools all = new RecordPools(Path.of(arguments[0]));
    Histories.record(
        arguments,
        Map.of(
            "notice", all::notice, "cancel-watched", all::cancelWatched, "stalled", all::stalled));
  }

  /** A pool that waits for its watches is cancelled. */
  private void cancelWatched() {
    try (TestBed bed = new TestBed()) {
      ComputePool pool =
          bed.client().newWorkflowStub(ComputePool.class, bed.at("ComputePool:credit-1"));
      WorkflowClient.start(pool::run, bought());
      while (bed.compute.calls("await").isEmpty()) {
        Thread.onSpinWait();
      }
      WorkflowStub.fromTyped(pool).cancel();
      try {
        WorkflowStub.fromTyped(pool).getResult(ComputePool.PoolOutcome.class);
      } catch (WorkflowFailedException cancelled) {
        histories.save(bed, "ComputePool:credit-1", "ComputePool", "cancel-watched");
      }
    }
  }

  /** A node does some steps and then none; it is replaced. */
  private void stalled() {
    try (TestBed bed = new TestBed()) {
      bed.compute.sellAt(() -> Instant.ofEpochMilli(bed.environment.currentTimeMillis()));
      ComputePool pool =
          bed.client().newWorkflowStub(ComputePool.class, bed.at("ComputePool:credit-1"));
      WorkflowClient.start(pool::run, bought());
      bed.until(() -> bed.compute.alive().size() == 1, "the node");
      ComputeActivities.Node first = bed.compute.alive().getFirst();
      for (long step = 100; step <= 500; step += 100) {
        pool.reported(new ComputePool.NodeNews(first.key(), ComputePool.NodeState.BUSY, step));
        bed.environment.sleep(Duration.ofMinutes(2));
      }
      bed.environment.sleep(Duration.ofMinutes(21));
      System.out.println("stalled: " + pool.status().sentence());
      pool.release();
      WorkflowStub.fromTyped(pool).getResult(ComputePool.PoolOutcome.class);
      histories.save(bed, "ComputePool:credit-1", "ComputePool", "stalled");
    }
  }

  private static ComputePool.PoolRequest bought() {
    return new ComputePool.PoolRequest(
        new RunRef("credit-1", "credit", null),
        "pool:credit-1",
        "ec2",
        1,
        1,
        10,
        null,
        null,
        new ComputePool.Purchase(
            List.of("g5.xlarge"), List.of(), Duration.ofHours(6), Duration.ofHours(9)),
        25.0,
        Duration.ofSeconds(30),
        null,
        null);
  }

  /** A spot node is warned, replaced while it works, taken away; then a shortage and the end. */
  private void notice() {
    try (TestBed bed = new TestBed()) {
      bed.compute.sellAt(() -> Instant.ofEpochMilli(bed.environment.currentTimeMillis()));
      bed.compute.price(new Offering("g5.xlarge", "zone-a"), Market.SPOT, 0.4);
      ComputePool pool =
          bed.client().newWorkflowStub(ComputePool.class, bed.at("ComputePool:credit-1"));
      WorkflowClient.start(pool::run, bought());
      bed.until(() -> bed.compute.alive().size() == 1, "the node");
      ComputeActivities.Node first = bed.compute.alive().getFirst();
      pool.reported(new ComputePool.NodeNews(first.key(), ComputePool.NodeState.BUSY, null));
      pool.warned(new ComputePool.NodeWarning(first.key(), ComputePool.Warning.NOTICE, null));
      bed.until(() -> bed.compute.alive().size() == 2, "the replacement");
      bed.compute.lose(first);
      bed.until(() -> pool.status().counts().interruptions() == 1, "the loss");
      bed.compute.sellOut(Market.SPOT, new Offering("g5.xlarge", "zone-a"));
      pool.warned(
          new ComputePool.NodeWarning(
              bed.compute.alive().getFirst().key(), ComputePool.Warning.REBALANCE, null));
      bed.environment.sleep(Duration.ofMinutes(7));
      pool.release();
      WorkflowStub.fromTyped(pool).getResult(ComputePool.PoolOutcome.class);
      histories.save(bed, "ComputePool:credit-1", "ComputePool", "notice");
    }
  }
}
