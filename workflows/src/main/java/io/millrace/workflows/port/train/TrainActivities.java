package io.millrace.workflows.port.train;

import io.millrace.workflows.port.Journaled;
import io.millrace.workflows.port.JournaledRequest;
import io.millrace.workflows.ref.DatasetRef;
import io.millrace.workflows.ref.Metric;
import io.millrace.workflows.ref.PackageRef;
import io.millrace.workflows.ref.RunRef;
import io.millrace.workflows.spec.CandidateSpec;
import io.millrace.workflows.spec.DataSpec;
import io.millrace.workflows.spec.Task;
import io.millrace.workflows.spec.TrainingSpec;
import io.temporal.activity.ActivityInterface;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Trains on a node; may run twice, resumes from the last verified checkpoint. */
@ActivityInterface(namePrefix = "Train")
public interface TrainActivities {
  /**
   * Trains one candidate to its end, or to the epoch it is to pause after, and packages the best
   * epoch's model. Heartbeats {@link TrialProgress} each second, after the checkpoint it names is
   * durable.
   *
   * @throws io.temporal.failure.ApplicationFailure {@code TRAINING_DIVERGED}, {@code DATA_INVALID},
   *     {@code CONFIG_INVALID}, {@code SPOT_INTERRUPTED}, {@code STORE_UNAVAILABLE}
   */
  @Journaled
  TrialResult fit(TrialRequest request);

  /**
   * @param trial 0, 1, … in the order they were proposed
   * @param candidate nothing left to choose
   * @param stopAfter epochs after which the trial pauses with what it has; null for its own end. A
   *     later request that differs in nothing else goes on from there, and ends in the same bits as
   *     if it had never paused
   */
  record TrialRequest(
      RunRef run,
      int trial,
      String model,
      Task task,
      DatasetRef dataset,
      DataSpec data,
      CandidateSpec candidate,
      long seed,
      TrainingSpec.Objective objective,
      int maxEpochs,
      int patience,
      int batchSize,
      int threads,
      TrainingSpec.CheckpointSpec checkpoint,
      @Nullable Integer stopAfter)
      implements JournaledRequest {}

  /**
   * @param validation metrics of the packaged model on the validation split
   * @param bestEpoch 1, 2, …; whose weights were packaged
   * @param parameters number of weights
   * @param candidate what was trained
   * @param paused whether it was stopped before its own end, and can go on
   */
  record TrialResult(
      int trial,
      String family,
      PackageRef model,
      List<Metric> validation,
      int epochs,
      int bestEpoch,
      long steps,
      long parameters,
      CandidateSpec candidate,
      boolean paused) {
    /** A metric of the packaged model on the validation split; null when it has none. */
    public @Nullable Double measured(String metric) {
      for (Metric each : validation) {
        if (each.name().equals(metric)) {
          return each.value();
        }
      }
      return null;
    }
  }

  /**
   * @param epoch 1, 2, …
   * @param share 0..1 of {@code maxEpochs} done
   * @param best best value of the objective so far; null before the first epoch's end
   * @param etaSeconds until {@code maxEpochs}; null before it can be told
   * @param checkpoint key of the last durable checkpoint; null before the first
   * @param node who trains
   * @param step updates done; null when it is not known
   */
  record TrialProgress(
      int trial,
      String family,
      int epoch,
      double share,
      double loss,
      @Nullable Double best,
      double rowsPerSecond,
      @Nullable Double etaSeconds,
      @Nullable String checkpoint,
      String node,
      @Nullable Long step) {}
}
