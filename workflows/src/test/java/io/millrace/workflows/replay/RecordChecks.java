package io.millrace.workflows.replay;

import io.millrace.workflows.Samples;
import io.millrace.workflows.TestBed;
import io.millrace.workflows.drift.DriftCheck;
import io.millrace.workflows.drift.DriftCheckWorkflows;
import io.millrace.workflows.drift.DriftSummary;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.janitor.Janitor;
import io.millrace.workflows.pipeline.Trigger;
import io.millrace.workflows.port.compute.ComputeActivities;
import io.millrace.workflows.port.schedule.ScheduleActivities;
import io.millrace.workflows.port.watch.WatchActivities.State;
import io.millrace.workflows.steward.ModelSteward;
import io.millrace.workflows.steward.StewardState;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowFailedException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * Writes the histories of checks and of what a steward and the janitor do about them. Arguments:
 * the folder of histories, then the paths to record.
 */
public final class RecordChecks {
  private final Histories histories;

  private RecordChecks(Path folder) {
    this.histories = new Histories(folder);
  }

  public static void main(String[] arguments) {
    RecordChecks all = new RecordChecks(Path.of(arguments[0]));
    Histories.record(
        arguments,
        Map.of(
            "drift",
            all::drift,
            "rollback",
            all::rollback,
            "janitor",
            all::janitor,
            "alerted",
            all::alerted));
  }

  private void rollback() {
    try (TestBed bed = new TestBed()) {
      bed.pipeline(1).run(Samples.numbered(1));
      bed.pipeline(2).run(Samples.numbered(2));
      ModelSteward steward =
          bed.client().newWorkflowStub(ModelSteward.class, bed.at("ModelSteward:credit"));
      WorkflowClient.start(steward::run, StewardState.fresh("credit"));
      steward.rollback(new ModelSteward.RollbackRequest(null, "ann", "complaints"));
      steward.drift(
          new DriftSummary(
              "credit",
              "STABLE",
              false,
              false,
              List.of(),
              Instant.parse("2026-03-01T12:00:00Z"),
              "nothing drifted"));
      bed.until(() -> steward.status().lastDrift() != null, "the check to be seen");
      histories.save(bed, "ModelSteward:credit", "ModelSteward", "rollback");
    }
  }

  private static ModelSteward afterTheFirstRun(TestBed bed) {
    ModelSteward steward =
        bed.client().newWorkflowStub(ModelSteward.class, bed.at("ModelSteward:credit"));
    WorkflowClient.start(steward::run, StewardState.fresh("credit"));
    ModelSteward.RunStarted first = steward.start(Samples.request());
    steward.admit(
        new ModelSteward.AdmitRun(
            first.workflowId(),
            Trigger.manual(),
            1,
            Samples.request(),
            Samples.spec().retraining()));
    bed.until(() -> steward.status().active() == null, "the first run's end");
    return steward;
  }

  private void drift() {
    try (TestBed bed = new TestBed()) {
      ModelSteward steward = afterTheFirstRun(bed);
      bed.watch.answer(State.DRIFTED, List.of(DriftCheckWorkflows.window()));
      bed.client()
          .newWorkflowStub(DriftCheck.class, bed.at("DriftCheck:credit"))
          .run(
              new DriftCheck.DriftCheckRequest(
                  "credit",
                  Instant.parse("2026-03-01T12:00:00Z"),
                  Samples.spec().watch().receivers()));
      histories.save(bed, "DriftCheck:credit", "DriftCheck", "drift");
      steward.drift(bed.steward.calls("drift", DriftSummary.class).get(0));
      bed.until(() -> steward.status().history().size() == 2, "the retraining's end");
      histories.save(bed, "ModelSteward:credit", "ModelSteward", "drift");
      histories.save(bed, "ModelPipeline:credit:2", "ModelPipeline", "drift");
    }
  }

  /** Alerts are judged and told, a failed check too; the steward decides by today's rules. */
  private void alerted() {
    try (TestBed bed = new TestBed()) {
      ModelSteward steward = afterTheFirstRun(bed);
      bed.watch.answer(State.DRIFTED, List.of(DriftCheckWorkflows.window()));
      bed.alerts.notice("credit", "drift", false);
      DriftCheck.DriftCheckRequest request =
          new DriftCheck.DriftCheckRequest(
              "credit",
              Instant.ofEpochMilli(bed.environment.currentTimeMillis()),
              Samples.spec().watch().receivers());
      bed.client().newWorkflowStub(DriftCheck.class, bed.at("DriftCheck:credit")).run(request);
      histories.save(bed, "DriftCheck:credit", "DriftCheck", "alerted");
      steward.drift(bed.steward.calls("drift", DriftSummary.class).get(0));
      bed.until(() -> steward.status().history().size() == 2, "the retraining's end");
      steward.drift(bed.steward.calls("drift", DriftSummary.class).get(0));
      bed.until(() -> steward.status().waitsFor().startsWith("a check of"), "the refusal");
      histories.save(bed, "ModelSteward:credit", "ModelSteward", "alerted");
      bed.watch.breakDown("check", FailureType.STORE_UNAVAILABLE, "store: down (expected: up)");
      bed.alerts.notice("credit", "check", false);
      try {
        bed.client()
            .newWorkflowStub(DriftCheck.class, bed.at("DriftCheck:credit:failed"))
            .run(request);
      } catch (WorkflowFailedException failed) {
        histories.save(bed, "DriftCheck:credit:failed", "DriftCheck", "failed");
      }
      bed.schedules.lapse(
          new ScheduleActivities.Lapse(
              "credit", "credit-1", ScheduleActivities.LapseKind.LATE, "started nothing"));
      bed.alerts.notice("credit", "schedule", false);
      bed.client()
          .newWorkflowStub(Janitor.class, bed.at("Janitor"))
          .run(new Janitor.JanitorRequest(List.of(), false, Samples.spec().watch().receivers()));
      histories.save(bed, "Janitor", "Janitor", "alerted");
    }
  }

  private void janitor() {
    try (TestBed bed = new TestBed()) {
      bed.compute.orphan(
          new ComputeActivities.Orphan(
              new ComputeActivities.Node("k", "i-0abc", "ec2", Instant.EPOCH, null),
              "credit-1",
              "its run has ended"));
      bed.schedules.lapse(
          new ScheduleActivities.Lapse(
              "credit", "credit-1", ScheduleActivities.LapseKind.ABSENT, "no schedule"));
      bed.client()
          .newWorkflowStub(Janitor.class, bed.at("Janitor"))
          .run(new Janitor.JanitorRequest(List.of(), false, Samples.spec().watch().receivers()));
      histories.save(bed, "Janitor", "Janitor", "mended");
    }
  }
}
