package io.millrace.workflows;

import io.millrace.workflows.pipeline.PipelineRequest;
import io.millrace.workflows.pipeline.Trigger;
import io.millrace.workflows.spec.CandidateSpec;
import io.millrace.workflows.spec.DataSpec;
import io.millrace.workflows.spec.DeploymentSpec;
import io.millrace.workflows.spec.DomainSpec;
import io.millrace.workflows.spec.GateSpec;
import io.millrace.workflows.spec.OwnerSpec;
import io.millrace.workflows.spec.PrivacySpec;
import io.millrace.workflows.spec.RetrainingSpec;
import io.millrace.workflows.spec.SearchSpec;
import io.millrace.workflows.spec.SourceSpec;
import io.millrace.workflows.spec.Spec;
import io.millrace.workflows.spec.SplitSpec;
import io.millrace.workflows.spec.TargetSpec;
import io.millrace.workflows.spec.Task;
import io.millrace.workflows.spec.TrainingSpec;
import io.millrace.workflows.spec.WatchSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A whole spec and its variations, for tests. */
public final class Samples {
  public static final String MODEL = "credit";
  public static final String DIGEST = "ab".repeat(32);

  private Samples() {}

  public static Spec spec() {
    return new Spec(
        MODEL,
        Task.BINARY,
        new OwnerSpec("risk", "risk@example.org"),
        new DataSpec(
            new SourceSpec("data/credit.csv.gz", null, null),
            "default",
            "1",
            "0",
            "ID",
            null,
            List.of(),
            Map.of(),
            new SplitSpec(SplitSpec.Kind.STRATIFIED, null, 0.2, 0.1, 7),
            List.of(),
            new PrivacySpec("all", PrivacySpec.Action.MASK, null, Map.of())),
        new TrainingSpec(
            7,
            List.of(
                new CandidateSpec("linear", Map.of()),
                new CandidateSpec("mlp", Map.of("hidden", List.of(64, 32), "dropout", 0.1))),
            new TrainingSpec.Objective("roc-auc", "max"),
            SearchSpec.NONE,
            50,
            5,
            256,
            1,
            2,
            new TrainingSpec.CheckpointSpec(Duration.ofSeconds(30), 3),
            new TrainingSpec.ComputeSpec("local", null, 2, null, null, null, null),
            new TrainingSpec.BudgetSpec(Duration.ofHours(8), null)),
        List.of(new GateSpec.MetricBound("roc-auc", 0.7, null, 0.95, GateSpec.Severity.BLOCK)),
        new DeploymentSpec(
            TargetSpec.local(0),
            new DeploymentSpec.RolloutSpec(
                List.of(0.1, 0.5, 1.0),
                Duration.ofMinutes(10),
                500,
                List.of("errors", "latency", "score-shift"))),
        new WatchSpec(
            new WatchSpec.ScheduleSpec(
                Duration.ofHours(1), Duration.ofMinutes(5), Duration.ofDays(1)),
            "training",
            new WatchSpec.WindowSpec(Duration.ofHours(24), null, 500),
            new WatchSpec.DriftSpec("evidently", "all", 0.3, 0.1, 0.05),
            new WatchSpec.LabelsSpec("roc-auc", 0.74),
            List.of(new WatchSpec.NotifySpec(null, null, true))),
        new RetrainingSpec(
            List.of("drift", "quality"),
            new RetrainingSpec.DataWindow(Duration.ofDays(180)),
            Duration.ofDays(1),
            8,
            Duration.ofDays(7)));
  }

  /** The same with one more gate: so many people must approve. */
  public static Spec withApproval(int quorum, Duration expires) {
    List<GateSpec> gates = new ArrayList<>(spec().gates());
    gates.add(
        new GateSpec.Approval(
            new GateSpec.Approvers("risk-officer", quorum, expires), GateSpec.Severity.BLOCK));
    return with(spec().training(), gates, spec().retraining());
  }

  public static Spec with(TrainingSpec training, List<GateSpec> gates, RetrainingSpec retraining) {
    Spec spec = spec();
    return new Spec(
        spec.model(),
        spec.task(),
        spec.owner(),
        spec.data(),
        training,
        gates,
        spec.deployment(),
        spec.watch(),
        retraining);
  }

  /** A sweep of one family that is chosen by the method, beside a fixed one. */
  public static Spec searching(SearchSpec search, int parallel) {
    TrainingSpec training = spec().training();
    return with(
        new TrainingSpec(
            training.seed(),
            List.of(
                new CandidateSpec("linear", Map.of()),
                new CandidateSpec(
                    "mlp",
                    Map.of("hidden", List.of(64)),
                    Map.of("dropout", new DomainSpec(null, List.of(0.0, 0.5), null, null, null)))),
            training.objective(),
            search,
            training.maxEpochs(),
            training.patience(),
            training.batchSize(),
            training.threads(),
            parallel,
            training.checkpoint(),
            training.compute(),
            training.budget()),
        spec().gates(),
        spec().retraining());
  }

  /** Rollouts go to all traffic at once: nobody needs to skip time. */
  public static Spec withoutBakes() {
    Spec spec = spec();
    return new Spec(
        spec.model(),
        spec.task(),
        spec.owner(),
        spec.data(),
        spec.training(),
        spec.gates(),
        new DeploymentSpec(
            spec.deployment().target(),
            new DeploymentSpec.RolloutSpec(List.of(1.0), Duration.ZERO, 0, List.of())),
        spec.watch(),
        spec.retraining());
  }

  /** What a person types. */
  public static PipelineRequest request() {
    return new PipelineRequest("/specs/pipeline.yaml", null, null, null, null, null, null);
  }

  /** What the steward sends. */
  public static PipelineRequest numbered(int number) {
    return new PipelineRequest(
        "/specs/pipeline.yaml", null, MODEL, number, Trigger.manual(), null, null);
  }
}
