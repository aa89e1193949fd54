package io.millrace.activities.train;

import io.millrace.activities.dataset.Datasets;
import io.millrace.activities.metrics.Metrics;
import io.millrace.activities.packages.Packages;
import io.millrace.activities.store.ObjectStore;
import io.millrace.activities.trials.AttemptLog;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.train.TrainActivities;
import io.temporal.activity.Activity;
import io.temporal.activity.ActivityExecutionContext;
import io.temporal.common.converter.DataConverterException;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * {@link TrainActivities} with whichever {@link ModelFamily} a candidate names. A repeat of a
 * request goes on from its newest whole checkpoint and ends with the same package. One trial at a
 * time in a process: an engine's threads and random numbers are the process's.
 */
public final class FamilyTrainer implements TrainActivities {
  private final ObjectStore store;
  private final Path scratch;
  private final String node;
  private final Interruption interruption;
  private final Consumer<TrialProgress> listener;

  /**
   * @param node who trains, for people
   */
  public FamilyTrainer(ObjectStore store, Path scratch, String node) {
    this(store, scratch, node, new Interruption());
  }

  /**
   * @param interruption ends the trial under way at a checkpoint, and every later one at once
   */
  public FamilyTrainer(ObjectStore store, Path scratch, String node, Interruption interruption) {
    this(store, scratch, node, interruption, progress -> {});
  }

  /**
   * @param listener hears in the process itself what heartbeats tell the server
   */
  public FamilyTrainer(
      ObjectStore store,
      Path scratch,
      String node,
      Interruption interruption,
      Consumer<TrialProgress> listener) {
    this.store = store;
    this.scratch = scratch;
    this.node = node;
    this.interruption = interruption;
    this.listener = listener;
  }

  @Override
  public TrialResult fit(TrialRequest request) {
    ActivityExecutionContext context = Activity.getExecutionContext();
    Consumer<TrialProgress> heartbeat = context::heartbeat;
    return fit(request, heartbeat.andThen(listener), heard(context));
  }

  /** The same with somebody else to tell. */
  public TrialResult fit(TrialRequest request, Consumer<TrialProgress> receiver) {
    return fit(request, receiver, (TrialProgress) null);
  }

  /**
   * @param heard what the attempt before was last heard to do; null for nothing
   */
  TrialResult fit(
      TrialRequest request, Consumer<TrialProgress> receiver, @Nullable TrialProgress heard) {
    AttemptLog log = AttemptLog.open(store, request, heard);
    try {
      TrialResult result = logged(request, receiver, log);
      log.finished(result);
      return result;
    } catch (RuntimeException | Error e) {
      log.failed(e);
      throw e;
    }
  }

  /** The last heartbeat of the attempt before; one that cannot be read says nothing. */
  private static @Nullable TrialProgress heard(ActivityExecutionContext context) {
    try {
      return context.getHeartbeatDetails(TrialProgress.class).orElse(null);
    } catch (DataConverterException e) {
      return null;
    }
  }

  private TrialResult logged(
      TrialRequest request, Consumer<TrialProgress> receiver, AttemptLog log) {
    Families.Chosen chosen = Families.choose(request.candidate(), request.task(), request.data());
    Metrics metric = metric(request);
    positive("batch-size", request.batchSize());
    positive("max-epochs", request.maxEpochs());
    positive("patience", request.patience());
    if (request.stopAfter() != null) {
      positive("stop-after", request.stopAfter());
    }
    Datasets datasets = new Datasets(store, scratch);
    CheckpointStore checkpoints = new CheckpointStore(store, request);
    try (ProgressBoard board =
            new ProgressBoard(
                request.trial(),
                request.candidate().family(),
                node,
                request.maxEpochs(),
                receiver);
        CheckpointWriter writer =
            new CheckpointWriter(checkpoints, request.checkpoint().every(), board::saved)) {
      Trial trial =
          new Trial(
              request,
              chosen.values(),
              metric,
              datasets,
              scratch,
              checkpoints,
              writer,
              board,
              interruption,
              log);
      Fitted fitted = chosen.family().fit(trial);
      // a trial whose packaging fails, or that is to go on later, does no epoch twice
      writer.flush();
      Packaging.Packaged packaged =
          new Packaging(datasets, new Packages(store, scratch), scratch, chosen.family().mismatch())
              .publish(request, fitted, metric);
      new LearningCurve(metric.word(), fitted.history(), fitted.losses())
          .keep(store, packaged.model());
      return new TrialResult(
          request.trial(),
          request.candidate().family(),
          packaged.model(),
          packaged.validation(),
          fitted.epochs(),
          fitted.bestEpoch(),
          fitted.steps(),
          fitted.parameters(),
          request.candidate(),
          trial.paused(fitted.epochs()));
    }
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

  private static void positive(String field, int value) {
    if (value <= 0) {
      throw Failures.of(FailureType.CONFIG_INVALID, field + ": " + value + " (expected: > 0)");
    }
  }
}
