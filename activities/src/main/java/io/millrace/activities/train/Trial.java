package io.millrace.activities.train;

import io.millrace.activities.dataset.Datasets;
import io.millrace.activities.metrics.Metrics;
import io.millrace.activities.metrics.Thresholds;
import io.millrace.activities.trials.AttemptLog;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.train.TrainActivities.TrialRequest;
import io.millrace.workflows.spec.Task;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One trial as its family sees it: what to train on, where states are kept, whom to tell. */
public final class Trial {
  private static final Logger LOG = LoggerFactory.getLogger(Trial.class);

  private final TrialRequest request;
  private final Hyperparameters values;
  private final Metrics metric;
  private final Datasets datasets;
  private final Path scratch;
  private final Checkpoints checkpoints;
  private final ProgressBoard board;
  private final Interruption interruption;
  private final AttemptLog log;
  private long savedNanos = System.nanoTime();

  Trial(
      TrialRequest request,
      Hyperparameters values,
      Metrics metric,
      Datasets datasets,
      Path scratch,
      Checkpoints checkpoints,
      ProgressBoard board,
      Interruption interruption,
      AttemptLog log) {
    this.request = request;
    this.values = values;
    this.metric = metric;
    this.datasets = datasets;
    this.scratch = scratch;
    this.checkpoints = checkpoints;
    this.board = board;
    this.interruption = interruption;
    this.log = log;
  }

  public TrialRequest request() {
    return request;
  }

  /** The candidate's hyperparameters, checked, with every default filled in. */
  public Hyperparameters values() {
    return values;
  }

  /** The objective: decides on the validation split which epoch is best. */
  public Metrics metric() {
    return metric;
  }

  /**
   * Whether {@code value} is a better objective than {@code best}; anything is better than null.
   */
  public boolean better(double value, @Nullable Double best) {
    return best == null || (request.objective().maximise() ? value > best : value < best);
  }

  /** Dataset versions, for a family that reads {@link TrialRequest#dataset} its own way. */
  public Datasets datasets() {
    return datasets;
  }

  /**
   * The table with encodings learned on the training split.
   *
   * @param bins inputs a number column is given at most; 0 standardises it to one
   */
  public TabularData table(int bins) {
    TabularData data = TabularData.read(datasets, request.dataset(), bins);
    board.check();
    return data;
  }

  /** A folder for files; what is left there is not kept. */
  public Path scratch() {
    return scratch;
  }

  /** The newest state that is whole; empty at the start of a trial. */
  public <T> Optional<T> resume(Checkpoints.Reader<T> reader) {
    Optional<Checkpoints.Found<T>> newest = checkpoints.newest(reader);
    log.begun(newest.map(Checkpoints.Found::key).orElse(null));
    return newest.map(
        found -> {
          LOG.info("trial {} goes on from {}", request.trial(), found.key());
          board.saved(found.key(), null);
          return found.state();
        });
  }

  /**
   * To be called after each step, on the training thread; what it throws ends the trial.
   *
   * @param epoch 1, 2, … under way
   * @param share of the epoch that is done, 0..1
   * @param rows done by the step
   * @param loss of the step
   * @return true when the state must be saved now
   */
  public boolean moved(int epoch, double share, int rows, double loss) {
    board.check();
    log.moved(epoch, rows, loss);
    board.moved(epoch, share, rows, loss, log.step());
    return interruption.requested()
        || System.nanoTime() - savedNanos >= request.checkpoint().every().toNanos();
  }

  /**
   * Durable first, then told. Called when {@link #moved} said so and after each epoch.
   *
   * @param best the objective's best value so far; null before the first epoch's end
   * @throws io.temporal.failure.ApplicationFailure {@code SPOT_INTERRUPTED} when the node was asked
   *     to stop
   */
  public void save(Checkpoints.Checkpoint state, @Nullable Double best) {
    String key = checkpoints.save(state);
    savedNanos = System.nanoTime();
    log.saved(state.step());
    board.saved(key, best);
    if (interruption.requested()) {
      throw Failures.of(
          FailureType.SPOT_INTERRUPTED,
          "node: asked to stop at step "
              + state.step()
              + " (expected: nothing, the next node resumes)",
          key);
    }
  }

  /** {@code TRAINING_DIVERGED}: what was no finite number, and where. */
  public static RuntimeException diverged(String what, int epoch, long step) {
    return Failures.of(
        FailureType.TRAINING_DIVERGED,
        what
            + ": not a finite number in epoch "
            + epoch
            + ", step "
            + step
            + " (expected: finite; lower the learning-rate)");
  }

  /** The objective of scores on the validation split, which must be defined there. */
  public double measure(double[] labels, float[] scores) {
    double value =
        metric.value(
            request.task(),
            labels,
            scores,
            request.task() == Task.BINARY
                ? Thresholds.chosen(metric, labels, scores)
                : Thresholds.EVEN);
    if (!Double.isFinite(value)) {
      throw Failures.of(
          FailureType.DATA_INVALID,
          "validation: "
              + metric.word()
              + " is not defined on its "
              + labels.length
              + " rows (expected: rows of every class, or values that differ)");
    }
    log.measured(value);
    return value;
  }
}
