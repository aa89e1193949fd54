package io.millrace.activities.train;

import io.millrace.activities.dataset.Datasets;
import io.millrace.activities.metrics.Metrics;
import io.millrace.activities.packages.Packages;
import io.millrace.activities.store.ObjectStore;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.train.TrainActivities;
import io.temporal.activity.Activity;
import io.temporal.activity.ActivityExecutionContext;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@link TrainActivities} on DJL's PyTorch engine. A repeat of a request goes on from its newest
 * whole checkpoint and ends with the same package. One trial at a time in a process: the engine's
 * threads and random numbers are the process's.
 */
public final class DjlTrainer implements TrainActivities {
  private static final Logger LOG = LoggerFactory.getLogger(DjlTrainer.class);

  private final ObjectStore store;
  private final Path scratch;
  private final String node;
  private final Interruption interruption;

  /**
   * @param node who trains, for people
   */
  public DjlTrainer(ObjectStore store, Path scratch, String node) {
    this(store, scratch, node, new Interruption());
  }

  /**
   * @param interruption ends the trial under way at a checkpoint, and every later one at once
   */
  public DjlTrainer(ObjectStore store, Path scratch, String node, Interruption interruption) {
    this.store = store;
    this.scratch = scratch;
    this.node = node;
    this.interruption = interruption;
  }

  @Override
  public TrialResult fit(TrialRequest request) {
    ActivityExecutionContext context = Activity.getExecutionContext();
    return fit(request, context::heartbeat);
  }

  /** The same with somebody else to tell. */
  TrialResult fit(TrialRequest request, Consumer<TrialProgress> receiver) {
    ModelFamily.Plan plan = Families.plan(request.candidate());
    Metrics metric = metric(request);
    try (ProgressBoard board =
        new ProgressBoard(
            request.trial(), request.candidate().family(), node, request.maxEpochs(), receiver)) {
      TabularData data =
          TabularData.read(new Datasets(store, scratch), request.dataset(), plan.bins());
      board.check();
      Objective objective =
          Objective.of(request.task(), data.manifest().classes().size(), data.train().labels());
      FeedForward net = new FeedForward(data.width(), plan.layers(), objective.outputs());
      CheckpointStore checkpoints = new CheckpointStore(store, request);
      TrainingState start = start(checkpoints, net, request, board);
      TrainingLoop loop =
          new TrainingLoop(
              net,
              objective,
              settings(request, plan, metric),
              data.train(),
              data.validation(),
              new Watcher(board, checkpoints, request.checkpoint().every(), interruption));
      TrainingState end = loop.run(start);
      float[][] best = end.best();
      if (best == null) {
        throw Failures.of(FailureType.INVARIANT_BROKEN, "epochs: 0 (expected: > 0)");
      }
      Packaging.Packaged packaged =
          new Packaging(new Packages(store, scratch), scratch)
              .publish(request, data, net, objective, metric, best);
      new LearningCurve(metric.word(), end.cursor().history(), end.cursor().losses())
          .keep(store, packaged.model());
      return new TrialResult(
          request.trial(),
          request.candidate().family(),
          packaged.model(),
          packaged.validation(),
          end.cursor().epoch(),
          end.cursor().bestEpoch(),
          end.cursor().step(),
          net.size());
    }
  }

  private static TrainingState start(
      CheckpointStore checkpoints, FeedForward net, TrialRequest request, ProgressBoard board) {
    return checkpoints
        .newest(net)
        .map(
            found -> {
              LOG.info(
                  "trial {} goes on from step {} ({})",
                  request.trial(),
                  found.state().cursor().step(),
                  found.key());
              board.saved(found.key(), found.state().cursor().bestValue());
              return found.state();
            })
        .orElseGet(() -> TrainingState.initial(net, request.seed()));
  }

  private static TrainingLoop.Settings settings(
      TrialRequest request, ModelFamily.Plan plan, Metrics metric) {
    return new TrainingLoop.Settings(
        request.seed(),
        plan.learningRate(),
        plan.weightDecay(),
        positive("batch-size", request.batchSize()),
        positive("max-epochs", request.maxEpochs()),
        positive("patience", request.patience()),
        metric,
        request.objective().maximise());
  }

  private static Metrics metric(TrialRequest request) {
    String word = request.objective().metric();
    return Metrics.named(word)
        .filter(metric -> metric.fits(request.task()))
        .orElseThrow(
            () ->
                Failures.of(
                    FailureType.CONFIG_INVALID,
                    "objective.metric: "
                        + word
                        + " (expected: one of "
                        + Metrics.of(request.task()).stream().map(Metrics::word).toList()
                        + " for "
                        + request.task().word()
                        + ")"));
  }

  private static int positive(String field, int value) {
    if (value <= 0) {
      throw Failures.of(FailureType.CONFIG_INVALID, field + ": " + value + " (expected: > 0)");
    }
    return value;
  }
}
