package io.millrace.workflows.pipeline;

import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.options.Children;
import io.millrace.workflows.options.TaskQueues;
import io.millrace.workflows.options.WorkflowIds;
import io.millrace.workflows.pool.ComputePool;
import io.millrace.workflows.pool.ComputePool.Ended;
import io.millrace.workflows.pool.ComputePool.Need;
import io.millrace.workflows.pool.ComputePool.PoolOutcome;
import io.millrace.workflows.pool.ComputePool.PoolRequest;
import io.millrace.workflows.pool.ComputePool.Purchase;
import io.millrace.workflows.pool.Costs;
import io.millrace.workflows.ref.RunRef;
import io.millrace.workflows.spec.Spec;
import io.millrace.workflows.spec.TrainingSpec;
import io.millrace.workflows.spec.TrainingSpec.ComputeSpec;
import io.millrace.workflows.spec.TrainingSpec.SpotSpec;
import io.temporal.failure.ApplicationFailure;
import io.temporal.failure.TemporalFailure;
import io.temporal.workflow.Async;
import io.temporal.workflow.Promise;
import io.temporal.workflow.SignalExternalWorkflowException;
import io.temporal.workflow.Workflow;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A run's side of its pool. A pool after a suspension has what the one before left of the time and
 * the money.
 */
final class Nodes {
  /** A node outlives the budget's time by this, to package and say goodbye; then it ends itself. */
  private static final Duration GRACE = Duration.ofHours(1);

  private record Open(ComputePool pool, Promise<PoolOutcome> outcome) {}

  private final RunBoard board;
  private final RunRef run;
  private final Spec spec;
  private Costs costs = Costs.NONE;
  private @Nullable Open open;
  private int told;

  Nodes(RunBoard board, RunRef run, Spec spec) {
    this.board = board;
    this.run = run;
    this.spec = spec;
  }

  /** What all pools of the run cost that have ended. */
  Costs costs() {
    return costs;
  }

  /**
   * Starts a pool.
   *
   * @param trials how many are left to train
   * @param spent of the time budget
   */
  void open(int trials, Duration spent) {
    board.spent(null);
    ComputePool pool =
        Workflow.newChildWorkflowStub(
            ComputePool.class,
            Children.bound(
                WorkflowIds.pool(run.runId()), spec.model(), "nodes that train " + run.runId()));
    PoolRequest request = request(trials, spent);
    told = request.nodes();
    open = new Open(pool, Async.function(pool::run, request));
  }

  /**
   * Says how many trials run, wait, or may still be asked for. Only what changes the number of
   * nodes is told.
   */
  void need(int trials) {
    Open now = open;
    int nodes = Math.min(trials, asked());
    if (now == null || nodes == told || now.outcome().isCompleted()) {
      return;
    }
    told = nodes;
    try {
      now.pool().need(new Need(trials));
    } catch (SignalExternalWorkflowException gone) {
      Workflow.getLogger(Nodes.class).debug("pool is gone already: {}", gone.getMessage());
    }
  }

  /** Completes with the pool. */
  Promise<PoolOutcome> pooled() {
    Open now = open;
    if (now == null) {
      throw new IllegalStateException("pool: none (expected: open)");
    }
    return now.outcome();
  }

  /** True when nothing more can be trained: the pool has ended, or the money is spent. */
  boolean over() {
    Open now = open;
    return now == null || now.outcome().isCompleted() || board.spent() != null;
  }

  /** Why, once it is {@link #over}; null when the money is spent, which is no failure. */
  @Nullable RuntimeException failure() {
    Open now = open;
    if (now == null || !now.outcome().isCompleted() || board.spent() != null) {
      return null;
    }
    RuntimeException failure = now.outcome().getFailure();
    if (failure != null) {
      return failure;
    }
    return now.outcome().get().ended() == Ended.BUDGET_SPENT
        ? null
        : Failures.of(
            FailureType.CAPACITY_UNAVAILABLE,
            "pool: released (expected: alive until the trials have ended)");
  }

  /** Ends the pool and waits for its end; called where a cancellation does not reach. */
  void release() {
    Open now = open;
    if (now == null) {
      return;
    }
    open = null;
    try {
      Workflow.getWorkflowExecution(now.pool()).get();
      if (!now.outcome().isCompleted()) {
        now.pool().release();
      }
    } catch (TemporalFailure | SignalExternalWorkflowException gone) {
      Workflow.getLogger(Nodes.class).debug("pool is gone already: {}", gone.getMessage());
    }
    // its end, whatever it is: only then may a second pool of this run take its id
    costs =
        costs.plus(
            now.outcome()
                .handle((outcome, failure) -> outcome == null ? costsOf(failure) : outcome.costs())
                .get());
    board.costs(costs);
  }

  /** A pool that failed says what it cost all the same. */
  private static Costs costsOf(@Nullable Throwable failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof ApplicationFailure ours && ours.getDetails().getSize() > 0) {
        return ours.getDetails().get(0, Costs.class);
      }
    }
    return Costs.NONE;
  }

  private int asked() {
    Integer nodes = spec.training().compute().nodes();
    return nodes != null ? nodes : spec.training().parallel();
  }

  private PoolRequest request(int trials, Duration spent) {
    TrainingSpec training = spec.training();
    ComputeSpec compute = training.compute();
    Double cost = training.budget().cost();
    return new PoolRequest(
        run,
        TaskQueues.pool(run.runId()),
        compute.kind(),
        Math.max(1, Math.min(asked(), trials)),
        training.threads(),
        compute.interruptions(),
        compute.image(),
        compute.megabytes(),
        purchase(training, spent),
        cost == null ? null : Math.max(0, cost - costs.total()),
        training.checkpoint().every(),
        null,
        compute.stalledAfter());
  }

  /** Kinds without a market ignore {@code spot}: the same spec trains on a laptop. */
  private static @Nullable Purchase purchase(TrainingSpec training, Duration spent) {
    SpotSpec spot = training.compute().spot();
    if (spot == null || !training.compute().kind().equals(ComputeSpec.EC2)) {
      return null;
    }
    Duration time = training.budget().time();
    Duration by = spot.onDemandBy();
    if (by == null) {
      by = time.multipliedBy(3).dividedBy(4);
    }
    return new Purchase(
        spot.wanted(), List.copyOf(spot.zones()), left(by, spent), left(time, spent).plus(GRACE));
  }

  private static Duration left(Duration whole, Duration spent) {
    Duration left = whole.minus(spent);
    return left.isNegative() ? Duration.ZERO : left;
  }
}
