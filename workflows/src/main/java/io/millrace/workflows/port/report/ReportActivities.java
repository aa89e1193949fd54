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
   * @param trials whole results, from workers that did not know {@code results}; empty since
   * @param costs of all nodes that trained; null before training has ended once
   * @param results trials that ended with a package; what they are is in the store, because a
   *     sweep's results together are no payload. Null from older workers
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
      @Nullable Costs costs,
      @Nullable List<TrialKey> results) {}

  /**
   * A trial's result by name.
   *
   * @param digest of its package
   */
  record TrialKey(int trial, String digest) {}

  record StageTime(String stage, Instant from, Instant to) {}

  /**
   * @param htmlKey key in the store @param location where a person opens it
   */
  record Report(String htmlKey, String location) {}
}
