package io.millrace.workflows.pipeline;

import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.options.Children;
import io.millrace.workflows.options.TaskQueues;
import io.millrace.workflows.options.WorkflowIds;
import io.millrace.workflows.options.WorkflowTime;
import io.millrace.workflows.pipeline.ModelPipeline.StopTraining;
import io.millrace.workflows.pipeline.SearchProposals.Job;
import io.millrace.workflows.port.train.TrainActivities.TrialRequest;
import io.millrace.workflows.port.train.TrainActivities.TrialResult;
import io.millrace.workflows.ref.DatasetRef;
import io.millrace.workflows.ref.RunRef;
import io.millrace.workflows.spec.Spec;
import io.millrace.workflows.spec.TrainingSpec;
import io.millrace.workflows.trial.TrainingTrial;
import io.temporal.failure.TemporalFailure;
import io.temporal.workflow.Async;
import io.temporal.workflow.CancellationScope;
import io.temporal.workflow.Promise;
import io.temporal.workflow.Workflow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The trials of a run, so many at a time, until the search has no more or something ends it: the
 * budget, a person, a failure. Results are kept over a suspension: a second {@link #run} trains
 * only what is left.
 */
final class Sweep {
  private record Running(Job job, Promise<TrialResult> result, CancellationScope scope) {}

  private final RunBoard board;
  private final RunRef run;
  private final Spec spec;
  private final DatasetRef dataset;
  private final Nodes nodes;
  private final TrainingStop stop;
  private final TrialBook book;
  private final SearchProposals proposals;
  private final Map<Integer, Running> running = new TreeMap<>();
  private final List<RuntimeException> failures = new ArrayList<>();
  private @Nullable RuntimeException diverged;
  private @Nullable String ended;

  /** The search does not answer. */
  private boolean mute;

  Sweep(RunBoard board, RunRef run, Spec spec, DatasetRef dataset, Nodes nodes, TrainingStop stop) {
    this.board = board;
    this.run = run;
    this.spec = spec;
    this.dataset = dataset;
    this.nodes = nodes;
    this.stop = stop;
    this.book = new TrialBook(spec.training());
    this.proposals = new SearchProposals(run, spec, dataset, book);
  }

  /** Trials still to come, at most. */
  int left() {
    return proposals.left();
  }

  /**
   * Trains on the open pool.
   *
   * @param time that is left of the budget
   * @return results by number of the trial; at least one
   */
  List<TrialResult> run(Duration time) {
    failures.clear();
    ended = null;
    mute = false;
    stop.open();
    stop.results(book.results().size());
    List<Promise<Void>> timers = new ArrayList<>(1);
    CancellationScope clock =
        Workflow.newCancellationScope(
            () -> timers.add(Workflow.newTimer(time.isNegative() ? Duration.ZERO : time)));
    clock.run();
    Promise<Void> deadline = timers.get(0);
    try {
      while (true) {
        close(deadline);
        if (ended == null && !mute) {
          fill();
        }
        if (running.isEmpty()) {
          return judged();
        }
        nodes.need(running.size() + proposals.left());
        Workflow.await(
            () ->
                deadline.isCompleted()
                    || nodes.over()
                    || stop.request() != null
                    || running.values().stream().anyMatch(one -> one.result().isCompleted()));
        collect(false);
      }
    } finally {
      clock.cancel("training ended");
      stop.close();
    }
  }

  /** Notices what ends the sweep, and ends what runs. */
  private void close(Promise<Void> deadline) {
    StopTraining wish = stop.request();
    if (ended == null && wish != null) {
      ended = "stopped by " + wish.who() + ": " + wish.reason();
    } else if (ended == null && nodes.over()) {
      RuntimeException failure = nodes.failure();
      if (failure != null) {
        failures.add(failure);
      }
      ended = failure == null ? "training.budget.cost is spent" : "the pool has ended";
    } else if (ended == null && deadline.isCompleted()) {
      ended =
          "training.budget.time is spent: " + WorkflowTime.words(spec.training().budget().time());
    }
    if (ended != null) {
      running.values().forEach(one -> one.scope().cancel(ended));
      collect(true);
      tell();
    }
  }

  private void fill() {
    try {
      while (running.size() < spec.training().parallel()) {
        Optional<Job> job = proposals.next(running.keySet());
        if (job.isEmpty()) {
          break;
        }
        running.put(job.get().trial(), start(job.get()));
        book.started(job.get());
        tell();
      }
    } catch (TemporalFailure failure) {
      // what runs may end; what is not known is asked again when the run is resumed
      failures.add(failure);
      mute = true;
    }
  }

  private Running start(Job job) {
    String family = job.candidate().family();
    TrainingTrial child =
        Workflow.newChildWorkflowStub(
            TrainingTrial.class,
            Children.bound(
                WorkflowIds.trial(run.runId(), job.trial()),
                spec.model(),
                "trial "
                    + job.trial()
                    + ": "
                    + family
                    + (job.stopAfter() == null ? "" : " to epoch " + job.stopAfter())));
    List<Promise<TrialResult>> result = new ArrayList<>(1);
    CancellationScope scope =
        Workflow.newCancellationScope(
            () ->
                result.add(
                    Async.function(
                        child::run,
                        new TrainingTrial.TrialStart(TaskQueues.pool(run.runId()), request(job)))));
    scope.run();
    return new Running(job, result.get(0), scope);
  }

  /**
   * Takes in what has ended.
   *
   * @param all waits for the rest as well, which was cancelled
   */
  private void collect(boolean all) {
    for (Integer trial : List.copyOf(running.keySet())) {
      Running one = running.get(trial);
      if (one == null || !(all || one.result().isCompleted())) {
        continue;
      }
      running.remove(trial);
      take(one, all);
      stop.results(book.results().size());
      tell();
    }
  }

  private void take(Running one, boolean cancelled) {
    try {
      book.ended(one.job(), one.result().get());
    } catch (TemporalFailure failure) {
      FailureType type = Failures.typeOf(failure).orElse(null);
      if (type == FailureType.TRAINING_DIVERGED) {
        diverged = failure;
        book.diverged(one.job());
        return;
      }
      book.interrupted(one.job());
      proposals.again(one.job());
      if (!cancelled || !Failures.cancelled(failure)) {
        failures.add(failure);
        if (type != null && !type.retryable() && ended == null) {
          // the rest makes no sense any more: the run fails
          ended = "trial " + one.job().trial() + " failed";
        }
      }
    }
  }

  private List<TrialResult> judged() {
    for (RuntimeException failure : failures) {
      FailureType type = Failures.typeOf(failure).orElse(null);
      if (type != null && !type.retryable()) {
        throw failure;
      }
    }
    if (!failures.isEmpty()) {
      throw failures.get(0);
    }
    List<TrialResult> results = book.results();
    if (!results.isEmpty()) {
      return results;
    }
    if (diverged != null) {
      throw diverged;
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

  private void tell() {
    board.trials(book.progress(), book.status(ended));
  }

  private TrialRequest request(Job job) {
    TrainingSpec training = spec.training();
    return new TrialRequest(
        run,
        job.trial(),
        spec.model(),
        spec.task(),
        dataset,
        spec.data(),
        job.candidate(),
        training.seed(),
        training.objective(),
        training.maxEpochs(),
        training.patience(),
        training.batchSize(),
        training.threads(),
        training.checkpoint(),
        job.stopAfter());
  }
}
