package io.millrace.workflows.pipeline;

import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.options.Children;
import io.millrace.workflows.options.TaskQueues;
import io.millrace.workflows.options.WorkflowIds;
import io.millrace.workflows.options.WorkflowTime;
import io.millrace.workflows.port.train.TrainActivities.TrialProgress;
import io.millrace.workflows.port.train.TrainActivities.TrialRequest;
import io.millrace.workflows.port.train.TrainActivities.TrialResult;
import io.millrace.workflows.ref.DatasetRef;
import io.millrace.workflows.ref.Metric;
import io.millrace.workflows.ref.RunRef;
import io.millrace.workflows.spec.CandidateSpec;
import io.millrace.workflows.spec.Spec;
import io.millrace.workflows.spec.TrainingSpec;
import io.millrace.workflows.trial.TrainingTrial;
import io.temporal.failure.TemporalFailure;
import io.temporal.workflow.Async;
import io.temporal.workflow.CancellationScope;
import io.temporal.workflow.Promise;
import io.temporal.workflow.Workflow;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The trials of a run on the nodes of its pool. Finished trials are kept over a suspension: a
 * second call trains only what is left.
 */
final class Training {
  private record Running(Promise<TrialResult> result, CancellationScope scope) {}

  private final RunBoard board;
  private final RunRef run;
  private final Spec spec;
  private final DatasetRef dataset;
  private final Nodes nodes;
  private final Map<Integer, TrialResult> done = new TreeMap<>();
  private final Map<Integer, RuntimeException> diverged = new TreeMap<>();
  private Duration spent = Duration.ZERO;

  Training(RunBoard board, RunRef run, Spec spec, DatasetRef dataset) {
    this.board = board;
    this.run = run;
    this.spec = spec;
    this.dataset = dataset;
    this.nodes = new Nodes(board, run, spec);
  }

  /** Results in the order of the candidates; at least one. */
  List<TrialResult> train() {
    Instant from = WorkflowTime.now();
    nodes.open(spec.training().candidates().size() - done.size() - diverged.size(), spent);
    try {
      return trials();
    } finally {
      spent = spent.plus(Duration.between(from, WorkflowTime.now()));
      Workflow.newDetachedCancellationScope(nodes::release).run();
    }
  }

  private List<TrialResult> trials() {
    Deque<Integer> waiting = new ArrayDeque<>();
    for (int trial = 0; trial < spec.training().candidates().size(); trial++) {
      if (!done.containsKey(trial) && !diverged.containsKey(trial)) {
        waiting.add(trial);
      }
    }
    Map<Integer, Running> running = new TreeMap<>();
    List<RuntimeException> failures = new ArrayList<>();
    Instant deadline = WorkflowTime.now().plus(spec.training().budget().time()).minus(spent);
    boolean stopped = false;
    while (!running.isEmpty() || (!stopped && !waiting.isEmpty())) {
      while (!stopped && !waiting.isEmpty() && running.size() < spec.training().parallel()) {
        int trial = waiting.remove();
        running.put(trial, start(trial));
      }
      nodes.need(running.size() + waiting.size());
      Duration left = Duration.between(WorkflowTime.now(), deadline);
      boolean inTime =
          !left.isNegative()
              && Workflow.await(
                  left,
                  () ->
                      nodes.over()
                          || running.values().stream().anyMatch(r -> r.result().isCompleted()));
      if (!stopped && (!inTime || nodes.over())) {
        stopped = true;
        RuntimeException failure = nodes.failure();
        if (failure != null) {
          failures.add(failure);
        }
        cancel(running);
      }
      stopped |= collect(running, stopped, failures);
    }
    return judged(failures);
  }

  private Running start(int trial) {
    CandidateSpec candidate = spec.training().candidates().get(trial);
    board.trial(new TrialProgress(trial, candidate.family(), 0, 0, 0, null, 0, null, null, ""));
    TrainingTrial child =
        Workflow.newChildWorkflowStub(
            TrainingTrial.class,
            Children.bound(
                WorkflowIds.trial(run.runId(), trial),
                spec.model(),
                "trial " + trial + ": " + candidate.family()));
    List<Promise<TrialResult>> result = new ArrayList<>(1);
    CancellationScope scope =
        Workflow.newCancellationScope(
            () ->
                result.add(
                    Async.function(
                        child::run,
                        new TrainingTrial.TrialStart(
                            TaskQueues.pool(run.runId()), request(trial, candidate)))));
    scope.run();
    return new Running(result.get(0), scope);
  }

  /** Takes in what has ended; true when the rest makes no sense any more and was cancelled. */
  private boolean collect(
      Map<Integer, Running> running, boolean stopped, List<RuntimeException> failures) {
    boolean stop = false;
    for (Integer trial : List.copyOf(running.keySet())) {
      Running one = running.get(trial);
      if (one == null || !(stopped || one.result().isCompleted())) {
        continue;
      }
      running.remove(trial);
      try {
        TrialResult result = one.result().get();
        done.put(trial, result);
        board.trial(progress(result));
      } catch (TemporalFailure failure) {
        FailureType type = Failures.typeOf(failure).orElse(null);
        if (type == FailureType.TRAINING_DIVERGED) {
          diverged.put(trial, failure);
        } else if (!stopped || !Failures.cancelled(failure)) {
          failures.add(failure);
          if (type != null && !type.retryable() && !stop) {
            stop = true;
            cancel(running);
          }
        }
      }
    }
    return stop;
  }

  private List<TrialResult> judged(List<RuntimeException> failures) {
    for (RuntimeException failure : failures) {
      FailureType type = Failures.typeOf(failure).orElse(null);
      if (type != null && !type.retryable()) {
        throw failure;
      }
    }
    if (!failures.isEmpty()) {
      throw failures.get(0);
    }
    if (!done.isEmpty()) {
      return List.copyOf(done.values());
    }
    if (!diverged.isEmpty()) {
      throw diverged.values().iterator().next();
    }
    throw Failures.of(
        FailureType.CONFIG_INVALID,
        board.spent() == null
            ? "training.budget.time: "
                + spec.training().budget().time()
                + " (expected: enough for one trial)"
            : "training.budget.cost: "
                + spec.training().budget().cost()
                + " USD (expected: enough for one trial)");
  }

  private static void cancel(Map<Integer, Running> running) {
    running.values().forEach(one -> one.scope().cancel("the training step ends"));
  }

  private TrialProgress progress(TrialResult result) {
    String objective = spec.training().objective().metric();
    Double best =
        result.validation().stream()
            .filter(m -> m.name().equals(objective))
            .map(Metric::value)
            .findFirst()
            .orElse(null);
    return new TrialProgress(
        result.trial(), result.family(), result.epochs(), 1, 0, best, 0, 0.0, null, "");
  }

  private TrialRequest request(int trial, CandidateSpec candidate) {
    TrainingSpec training = spec.training();
    return new TrialRequest(
        run,
        trial,
        spec.model(),
        spec.task(),
        dataset,
        spec.data(),
        candidate,
        training.seed(),
        training.objective(),
        training.maxEpochs(),
        training.patience(),
        training.batchSize(),
        training.threads(),
        training.checkpoint());
  }
}
