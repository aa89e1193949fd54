package io.millrace.workflows.pipeline;

import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.options.Children;
import io.millrace.workflows.options.TaskQueues;
import io.millrace.workflows.options.WorkflowIds;
import io.millrace.workflows.options.WorkflowTime;
import io.millrace.workflows.pool.ComputePool;
import io.millrace.workflows.port.train.TrainActivities.TrialResult;
import io.millrace.workflows.ref.DatasetRef;
import io.millrace.workflows.ref.RunRef;
import io.millrace.workflows.spec.Spec;
import io.millrace.workflows.spec.TrainingSpec;
import io.temporal.failure.TemporalFailure;
import io.temporal.workflow.Async;
import io.temporal.workflow.Promise;
import io.temporal.workflow.SignalExternalWorkflowException;
import io.temporal.workflow.Workflow;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The trials of a run on the nodes of its pool. Finished trials are kept over a suspension: a
 * second call trains only what is left.
 */
final class Training {
  private final RunRef run;
  private final Spec spec;
  private final Sweep sweep;
  private Duration spent = Duration.ZERO;

  Training(RunBoard board, RunRef run, Spec spec, DatasetRef dataset, TrainingStop stop) {
    this.run = run;
    this.spec = spec;
    this.sweep = new Sweep(board, run, spec, dataset, stop);
  }

  /** Results by number of the trial; at least one. */
  List<TrialResult> train() {
    Instant from = WorkflowTime.now();
    ComputePool pool =
        Workflow.newChildWorkflowStub(
            ComputePool.class,
            Children.bound(
                WorkflowIds.pool(run.runId()), spec.model(), "nodes that train " + run.runId()));
    Promise<ComputePool.PoolOutcome> pooled = Async.function(pool::run, poolRequest());
    try {
      return sweep.run(
          spec.training().budget().time().minus(spent),
          pooled,
          () -> poolFailure(pooled),
          this::wanted);
    } finally {
      spent = spent.plus(Duration.between(from, WorkflowTime.now()));
      Workflow.newDetachedCancellationScope(() -> release(pool, pooled)).run();
    }
  }

  /** How many trials run or are still to come: told whenever it may have changed. */
  private void wanted(int trials) {
    Workflow.getLogger(Training.class).debug("{}: {} trials to come", run.runId(), trials);
  }

  private static RuntimeException poolFailure(Promise<ComputePool.PoolOutcome> pooled) {
    RuntimeException failure = pooled.getFailure();
    return failure != null
        ? failure
        : Failures.of(
            FailureType.CAPACITY_UNAVAILABLE,
            "pool: released (expected: alive until the trials have ended)");
  }

  private static void release(ComputePool pool, Promise<ComputePool.PoolOutcome> pooled) {
    try {
      Workflow.getWorkflowExecution(pool).get();
      if (!pooled.isCompleted()) {
        pool.release();
      }
    } catch (TemporalFailure | SignalExternalWorkflowException gone) {
      Workflow.getLogger(Training.class).debug("pool is gone already: {}", gone.getMessage());
    }
    // its end, whatever it is: only then may a second pool of this run take its id
    pooled.handle((outcome, failure) -> outcome).get();
  }

  private ComputePool.PoolRequest poolRequest() {
    TrainingSpec training = spec.training();
    @Nullable Integer asked = training.compute().nodes();
    int trials = Math.max(1, sweep.left());
    return new ComputePool.PoolRequest(
        run,
        TaskQueues.pool(run.runId()),
        training.compute().kind(),
        asked != null ? asked : Math.min(training.parallel(), trials),
        training.threads(),
        training.compute().interruptions(),
        null);
  }
}
