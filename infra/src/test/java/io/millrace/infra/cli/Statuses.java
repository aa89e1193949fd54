package io.millrace.infra.cli;

import io.millrace.workflows.pipeline.PipelineStatus;
import io.millrace.workflows.port.train.TrainActivities.TrialProgress;
import java.time.Instant;
import java.util.List;

/** Where a run stands, for views. */
final class Statuses {
  private Statuses() {}

  /** Ingest took two seconds, then training began. */
  static PipelineStatus training(Instant start, List<TrialProgress> trials) {
    return new PipelineStatus(
        "credit-3",
        "credit",
        "training",
        List.of(
            new PipelineStatus.Step("ingest", "done", start, start.plusSeconds(2), "30,000 rows"),
            new PipelineStatus.Step("training", "running", start.plusSeconds(2), null, null)),
        trials,
        null,
        null,
        null,
        new PipelineStatus.SweepStatus(
            "tpe",
            100,
            trials.size() + 1,
            1,
            trials.size() - 1,
            1,
            0,
            "roc-auc",
            List.of(
                new PipelineStatus.TrialLine(
                    0, "mlp", "dropout 0.1, hidden [64, 32]", "done", 19, 0.779)),
            null));
  }
}
