package io.millrace.activities.train;

import io.millrace.activities.dataset.DatasetManifest;
import io.millrace.activities.dataset.Datasets;
import io.millrace.activities.metrics.Beside;
import io.millrace.activities.metrics.Metrics;
import io.millrace.activities.metrics.Thresholds;
import io.millrace.activities.trials.AttemptLog;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.train.TrainActivities.TrialRequest;
import io.millrace.workflows.spec.Task;
import java.nio.file.Path;
import java.util.Objects;
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
  private final CheckpointWriter writer;
  private final ProgressBoard board;
  private final Interruption interruption;
  private final AttemptLog log;
  private @Nullable Beside beside;
  private long savedNanos = System.nanoTime();

  /** Own end of the family's loop, and where it was told to stop; 0 until it asked. */
  private int passes;

  private int last;

  Trial(
      TrialRequest request,
      Hyperparameters values,
      Metrics metric,
      Datasets datasets,
      Path scratch,
      Checkpoints checkpoints,
      CheckpointWriter writer,
      ProgressBoard board,
      Interruption interruption,
      AttemptLog log) {
    this.request = request;
    this.values = values;
    this.metric = metric;
    this.datasets = datasets;
    this.scratch = scratch;
    this.checkpoints = checkpoints;
    this.writer = writer;
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

  /**
   * The pass after which the family must stop for now, of the {@code total} it would do: fewer when
   * the sweep pauses the trial, to let the better ones go on first. Nothing else may depend on it,
   * no schedule and no seed: later the trial goes on from its checkpoint as if it had never
   * stopped. A family that cannot stop does not ask.
   *
   * @param total passes to the trial's own end: {@link TrialRequest#maxEpochs} for nets
   */
  public int stopAfter(int total) {
    Integer epochs = request.stopAfter();
    passes = total;
    last =
        epochs == null
            ? total
            : (int)
                Math.min(
                    total, Math.max(1, Math.ceilDiv((long) total * epochs, request.maxEpochs())));
    return last;
  }

  /** Whether a trial that did so many passes was stopped before its own end. */
  boolean paused(int done) {
    return last < passes && done >= last;
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
    return table(EncodingPlan.oneHot(bins));
  }

  /** The table with encodings of that kind, learned on the training split. */
  public TabularData table(EncodingPlan plan) {
    TabularData data = TabularData.read(datasets, request.dataset(), plan, NodeMemory.here());
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

  /** Whether the node was asked to stop; for a family that cannot look after each step. */
  public boolean interrupted() {
    return interruption.requested();
  }

  /** To be called by a family whose epochs are not the request's: how many it means to do. */
  public void plan(int epochs) {
    board.plan(epochs);
  }

  /** Tells the objective's best value so far, for a family that saves more seldom than it knows. */
  public void measured(double best) {
    board.measured(best);
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
    writer.check();
    log.moved(epoch, rows, loss);
    board.moved(epoch, share, rows, loss, log.step());
    return interruption.requested()
        || System.nanoTime() - savedNanos >= request.checkpoint().every().toNanos();
  }

  /**
   * Keeps a state, from another thread: durable first, then told. One that is still unwritten when
   * the next comes is dropped for it. Called when {@link #moved} said so and after each epoch; the
   * trial's end waits for the last one.
   *
   * @param best the objective's best value so far; null before the first epoch's end
   * @throws io.temporal.failure.ApplicationFailure {@code SPOT_INTERRUPTED}, once the state is
   *     durable, when the node was asked to stop; {@code STORE_UNAVAILABLE} when this or an earlier
   *     state could not be kept
   */
  public void save(Checkpoints.Checkpoint state, @Nullable Double best) {
    writer.offer(state, best);
    savedNanos = System.nanoTime();
    log.at(state.step());
    if (interruption.requested()) {
      // there is one: it was taken over above
      String key = Objects.requireNonNull(writer.flush());
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

  /** What the objective looks at beside; read once, since rows do not change. */
  private Beside beside() {
    Beside known = beside;
    if (known == null) {
      DatasetManifest manifest = datasets.manifest(request.dataset());
      known =
          Beside.of(
              manifest,
              datasets.read(request.dataset(), DatasetManifest.VALIDATION, manifest.beside()));
      beside = known;
    }
    return known;
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
                : Thresholds.EVEN,
            metric.beside() ? beside() : Beside.NOTHING);
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
