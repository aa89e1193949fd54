package io.millrace.activities.registry;

import io.millrace.activities.platform.Build;
import io.millrace.activities.platform.Platform;
import io.millrace.workflows.pipeline.Trigger;
import io.millrace.workflows.port.gate.GateActivities.GateReport;
import io.millrace.workflows.port.train.TrainActivities.TrialRequest;
import io.millrace.workflows.ref.Checks;
import io.millrace.workflows.ref.DatasetRef;
import io.millrace.workflows.ref.ModelRef;
import io.millrace.workflows.ref.PackageRef;
import io.millrace.workflows.ref.RunRef;
import io.millrace.workflows.spec.CandidateSpec;
import io.millrace.workflows.spec.Task;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code provenance.json} of a version: everything that is needed to say where it came from and to
 * make it again.
 *
 * @param spec digest of the completed spec
 * @param seed of initial weights, batch order and dropout
 * @param winner the candidate with its hyperparameters
 * @param selection why it was chosen
 * @param candidate the package as training left it
 * @param training who trained it, when, from what and on what; null when the run's journal does not
 *     tell
 * @param gates what was measured and decided before it was registered
 * @param platform of the worker that registered it
 */
public record Provenance(
    int format,
    ModelRef version,
    Task task,
    Instant created,
    RunRef run,
    Trigger trigger,
    DatasetRef dataset,
    String spec,
    long seed,
    CandidateSpec winner,
    String selection,
    PackageRef candidate,
    @Nullable Training training,
    GateReport gates,
    Build build,
    Platform platform) {
  /**
   * @param attempt that finished it, 1, 2, …
   * @param request what was asked of it, whole: with the dataset all that is needed to train again;
   *     null when its record was not kept
   * @param attempts every attempt that went into the weights, in order
   */
  public record Training(
      String node,
      Instant started,
      Instant finished,
      int attempt,
      @Nullable TrialRequest request,
      List<Attempt> attempts) {
    public Training {
      attempts = Checks.list(attempts);
    }
  }

  /**
   * @param step updates that were done before it
   */
  public record Attempt(String node, Instant started, long step, Platform platform, Build build) {}
}
