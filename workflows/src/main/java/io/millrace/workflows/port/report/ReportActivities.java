package io.millrace.workflows.port.report;

import io.millrace.workflows.pipeline.Trigger;
import io.millrace.workflows.pool.Costs;
import io.millrace.workflows.port.data.DataActivities;
import io.millrace.workflows.port.gate.GateActivities;
import io.millrace.workflows.port.train.TrainActivities;
import io.millrace.workflows.ref.ModelRef;
import io.millrace.workflows.ref.RunRef;
import io.millrace.workflows.spec.Spec;
import io.temporal.activity.ActivityInterface;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes what a run did, for people and programs. */
@ActivityInterface(namePrefix = "Report")
public interface ReportActivities {
  /** Writes {@code runs/<runId>/report.html} and {@code report.json}; a repeat overwrites them. */
  Report write(ReportRequest request);

  /**
   * Every part that was not reached is null.
   *
   * @param costs of all nodes that trained; null before training has ended once
   */
  record ReportRequest(
      RunRef run,
      Spec spec,
      Trigger trigger,
      DataActivities.@Nullable IngestResult ingest,
      List<TrainActivities.TrialResult> trials,
      @Nullable String selection,
      GateActivities.@Nullable GateReport gates,
      @Nullable ModelRef version,
      @Nullable String endpointUrl,
      List<StageTime> stages,
      String outcome,
      @Nullable Costs costs) {}

  record StageTime(String stage, Instant from, Instant to) {}

  /**
   * @param htmlKey key in the store @param location where a person opens it
   */
  record Report(String htmlKey, String location) {}
}
