package io.millrace.workflows.pipeline;

import io.millrace.workflows.options.WorkflowTime;
import io.millrace.workflows.port.train.TrainActivities.TrialResult;
import io.millrace.workflows.ref.DatasetRef;
import io.millrace.workflows.ref.RunRef;
import io.millrace.workflows.spec.Spec;
import io.temporal.workflow.Workflow;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * The trials of a run on the nodes of its pool. Finished trials are kept over a suspension: a
 * second call trains only what is left.
 */
final class Training {
  private final Spec spec;
  private final Nodes nodes;
  private final Sweep sweep;
  private Duration spent = Duration.ZERO;

  Training(RunBoard board, RunRef run, Spec spec, DatasetRef dataset, TrainingStop stop) {
    this.spec = spec;
    this.nodes = new Nodes(board, run, spec);
    this.sweep = new Sweep(board, run, spec, dataset, nodes, stop);
  }

  /** Results by number of the trial; at least one. */
  List<TrialResult> train() {
    Instant from = WorkflowTime.now();
    nodes.open(sweep.left(), spent);
    try {
      return sweep.run(spec.training().budget().time().minus(spent));
    } finally {
      spent = spent.plus(Duration.between(from, WorkflowTime.now()));
      Workflow.newDetachedCancellationScope(nodes::release).run();
    }
  }
}
