package io.millrace.workflows.steward;

import io.millrace.workflows.Samples;
import io.millrace.workflows.TestBed;
import io.millrace.workflows.drift.DriftSummary;
import io.millrace.workflows.options.WorkflowIds;
import io.millrace.workflows.pipeline.ModelPipeline;
import io.millrace.workflows.pipeline.ModelPipeline.ResumeRequest;
import io.millrace.workflows.pipeline.PipelineOutcome;
import io.millrace.workflows.pipeline.Trigger;
import io.millrace.workflows.spec.RetrainingSpec;
import io.millrace.workflows.steward.ModelSteward.AdmitRun;
import io.millrace.workflows.steward.ModelSteward.RunStarted;
import io.temporal.client.WorkflowClient;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** A steward on the in-memory server, over runs that do what they are told. */
final class StewardBed implements AutoCloseable {
  final TestBed bed = new TestBed(List.of(ModelStewardImpl.class, ScriptedPipeline.class));
  final ModelSteward steward =
      bed.client().newWorkflowStub(ModelSteward.class, bed.at("ModelSteward:credit"));

  StewardBed() {
    WorkflowClient.start(steward::run, StewardState.fresh("credit"));
  }

  @Override
  public void close() {
    bed.close();
  }

  static RetrainingSpec rules(Duration cooldown, int perMonth) {
    return new RetrainingSpec(
        List.of("drift", "quality"),
        new RetrainingSpec.DataWindow(Duration.ofDays(180)),
        cooldown,
        perMonth,
        Duration.ofDays(7));
  }

  DriftSummary seen(boolean drifted, boolean quality) {
    return new DriftSummary(
        "credit",
        drifted ? "DRIFTED" : "STABLE",
        drifted,
        quality,
        drifted ? List.of("LIMIT") : List.of(),
        Instant.ofEpochMilli(bed.environment.currentTimeMillis()),
        drifted ? "LIMIT drifted" : "nothing drifted");
  }

  ModelPipeline run(int number) {
    return bed.client()
        .newWorkflowStub(ModelPipeline.class, WorkflowIds.pipeline("credit", number));
  }

  /** A run that is admitted, as every run is, and ends. */
  void firstRun(RetrainingSpec rules) {
    RunStarted started = steward.start(Samples.request());
    steward.admit(
        new AdmitRun(started.workflowId(), Trigger.manual(), 1, Samples.request(), rules));
    end(1, PipelineOutcome.Result.DEPLOYED);
  }

  void end(int number, PipelineOutcome.Result result) {
    run(number)
        .resumeSuspended(new ResumeRequest(ResumeRequest.Action.RETRY, "test", result.name()));
    bed.until(
        () -> {
          StewardState.ActiveRun active = steward.status().active();
          return active == null || active.number() != number;
        },
        "end of run " + number);
  }

  void drift(boolean drifted, boolean quality) {
    steward.drift(seen(drifted, quality));
    bed.environment.sleep(Duration.ofSeconds(1));
  }
}
