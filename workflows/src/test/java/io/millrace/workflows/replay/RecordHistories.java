package io.millrace.workflows.replay;

import io.millrace.workflows.Samples;
import io.millrace.workflows.TestBed;
import io.millrace.workflows.drift.DriftCheck;
import io.millrace.workflows.drift.DriftCheckWorkflows;
import io.millrace.workflows.drift.DriftSummary;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.janitor.Janitor;
import io.millrace.workflows.pipeline.ModelPipeline;
import io.millrace.workflows.pipeline.ModelPipeline.ApprovalRequest;
import io.millrace.workflows.pipeline.ModelPipeline.ResumeRequest;
import io.millrace.workflows.pipeline.PipelineOutcome;
import io.millrace.workflows.pipeline.PipelineRequest;
import io.millrace.workflows.pipeline.Trigger;
import io.millrace.workflows.pool.ComputePool;
import io.millrace.workflows.port.compute.ComputeActivities;
import io.millrace.workflows.port.compute.ComputeActivities.Market;
import io.millrace.workflows.port.compute.ComputeActivities.Offering;
import io.millrace.workflows.port.deploy.DeployActivities.VersionTraffic;
import io.millrace.workflows.port.deploy.FakeDeploy;
import io.millrace.workflows.port.schedule.ScheduleActivities;
import io.millrace.workflows.port.search.FakeSearch;
import io.millrace.workflows.port.watch.WatchActivities.State;
import io.millrace.workflows.ref.RunRef;
import io.millrace.workflows.spec.SearchSpec;
import io.millrace.workflows.steward.ModelSteward;
import io.millrace.workflows.steward.StewardState;
import io.temporal.activity.Activity;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowFailedException;
import io.temporal.client.WorkflowStub;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/**
 * Writes the histories that the replay tests hold the code against: {@code
 * histories/<Workflow>/<what-happened>.json}. Arguments: the folder, then the paths to record, new
 * ones only: a history that was recorded once is what runs under way look like.
 */
public final class RecordHistories {
  private final Path folder;

  private RecordHistories(Path folder) {
    this.folder = folder;
  }

  public static void main(String[] arguments) {
    RecordHistories all = new RecordHistories(Path.of(arguments[0]));
    Map<String, Runnable> paths = new LinkedHashMap<>();
    paths.put("happy", all::happy);
    paths.put("gate-rejected", all::gateRejected);
    paths.put("suspended-resumed", all::suspendedResumed);
    paths.put("cancel", all::cancel);
    paths.put("approved", all::approved);
    paths.put("rolled-back", all::rolledBack);
    paths.put("drift", all::drift);
    paths.put("rollback", all::rollback);
    paths.put("sweep", all::sweep);
    paths.put("sweep-stopped", all::sweepStopped);
    paths.put("trainer-killed", all::trainerKilled);
    paths.put("notice", all::notice);
    paths.put("cancel-watched", all::cancelWatched);
    paths.put("stalled", all::stalled);
    paths.put("janitor", all::janitor);
    paths.put("alerted", all::alerted);
    for (int i = 1; i < arguments.length; i++) {
      paths.get(arguments[i]).run();
    }
    System.exit(0);
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
      save(bed, "ModelSteward:credit", "ModelSteward", "rollback");
    }
  }

  private void happy() {
    try (TestBed bed = new TestBed()) {
      bed.pipeline(1).run(Samples.request());
      save(bed, "ModelPipeline:credit:1", "ModelPipeline", "happy");
      save(bed, "ComputePool:credit-1", "ComputePool", "happy");
      save(bed, "TrainingTrial:credit-1:0", "TrainingTrial", "happy");
      save(bed, "Rollout:credit:credit-1-1", "Rollout", "first");
      bed.pipeline(2).run(Samples.numbered(2));
      save(bed, "Rollout:credit:credit-2-1", "Rollout", "happy");
    }
  }

  private void gateRejected() {
    try (TestBed bed = new TestBed()) {
      bed.gate.rejectAll();
      bed.pipeline(1).run(Samples.numbered(1));
      save(bed, "ModelPipeline:credit:1", "ModelPipeline", "gate-rejected");
    }
  }

  private void suspendedResumed() {
    try (TestBed bed = new TestBed()) {
      bed.data.breakDown("ingest", FailureType.SOURCE_UNAVAILABLE, "host: down (expected: up)");
      ModelPipeline run = bed.started(Samples.numbered(1));
      bed.untilStage(run, "suspended");
      bed.data.mend("ingest");
      run.resume(new ResumeRequest(ResumeRequest.Action.RETRY, "ann", "host is back"));
      TestBed.outcome(run);
      save(bed, "ModelPipeline:credit:1", "ModelPipeline", "suspended-resumed");
    }
  }

  private void cancel() {
    try (TestBed bed = new TestBed()) {
      CountDownLatch end = new CountDownLatch(1);
      bed.train.habit("mlp", request -> hold(end));
      ModelPipeline run = bed.started(Samples.numbered(1));
      while (bed.train.calls("fit-mlp").isEmpty() || bed.compute.calls("await").isEmpty()) {
        Thread.onSpinWait();
      }
      WorkflowStub.fromTyped(run).cancel();
      try {
        TestBed.outcome(run);
      } catch (WorkflowFailedException cancelled) {
        end.countDown();
      }
      save(bed, "ModelPipeline:credit:1", "ModelPipeline", "cancel");
      save(bed, "ComputePool:credit-1", "ComputePool", "cancel");
    }
  }

  /** The same for a pool that waits for its watches. */
  private void cancelWatched() {
    try (TestBed bed = new TestBed()) {
      ComputePool pool =
          bed.client().newWorkflowStub(ComputePool.class, bed.at("ComputePool:credit-1"));
      WorkflowClient.start(pool::run, bought());
      while (bed.compute.calls("await").isEmpty()) {
        Thread.onSpinWait();
      }
      WorkflowStub.fromTyped(pool).cancel();
      try {
        WorkflowStub.fromTyped(pool).getResult(ComputePool.PoolOutcome.class);
      } catch (WorkflowFailedException cancelled) {
        save(bed, "ComputePool:credit-1", "ComputePool", "cancel-watched");
      }
    }
  }

  /** A node does some steps and then none; it is replaced. */
  private void stalled() {
    try (TestBed bed = new TestBed()) {
      bed.compute.sellAt(() -> Instant.ofEpochMilli(bed.environment.currentTimeMillis()));
      ComputePool pool =
          bed.client().newWorkflowStub(ComputePool.class, bed.at("ComputePool:credit-1"));
      WorkflowClient.start(pool::run, bought());
      bed.until(() -> bed.compute.alive().size() == 1, "the node");
      ComputeActivities.Node first = bed.compute.alive().getFirst();
      for (long step = 100; step <= 500; step += 100) {
        pool.reported(new ComputePool.NodeNews(first.key(), ComputePool.NodeState.BUSY, step));
        bed.environment.sleep(Duration.ofMinutes(2));
      }
      bed.environment.sleep(Duration.ofMinutes(21));
      System.out.println("stalled: " + pool.status().sentence());
      pool.release();
      WorkflowStub.fromTyped(pool).getResult(ComputePool.PoolOutcome.class);
      save(bed, "ComputePool:credit-1", "ComputePool", "stalled");
    }
  }

  private static ComputePool.PoolRequest bought() {
    return new ComputePool.PoolRequest(
        new RunRef("credit-1", "credit", null),
        "pool:credit-1",
        "ec2",
        1,
        1,
        10,
        null,
        null,
        new ComputePool.Purchase(
            List.of("g5.xlarge"), List.of(), Duration.ofHours(6), Duration.ofHours(9)),
        25.0,
        Duration.ofSeconds(30),
        null,
        null);
  }

  private void approved() {
    try (TestBed bed = new TestBed()) {
      bed.specs.spec(Samples.withApproval(2, Duration.ofDays(3)));
      ModelPipeline run = bed.started(Samples.numbered(1));
      bed.untilStage(run, "waiting-approval");
      run.approve(new ApprovalRequest("ann", "risk-officer", true, "fine"));
      run.approve(new ApprovalRequest("bob", "risk-officer", true, "fine"));
      TestBed.outcome(run);
      save(bed, "ModelPipeline:credit:1", "ModelPipeline", "approved");
    }
  }

  private void rolledBack() {
    try (TestBed bed = new TestBed()) {
      bed.pipeline(1).run(Samples.numbered(1));
      bed.deploy.traffic(
          version ->
              version == 2
                  ? new VersionTraffic(2, 1000, 400, 1.0, 4.0, 0.0)
                  : FakeDeploy.good(version));
      bed.pipeline(2).run(Samples.numbered(2));
      save(bed, "ModelPipeline:credit:2", "ModelPipeline", "rolled-back");
      save(bed, "Rollout:credit:credit-2-1", "Rollout", "rolled-back");
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
      save(bed, "DriftCheck:credit", "DriftCheck", "drift");
      steward.drift(bed.steward.calls("drift", DriftSummary.class).get(0));
      bed.until(() -> steward.status().history().size() == 2, "the retraining's end");
      save(bed, "ModelSteward:credit", "ModelSteward", "drift");
      save(bed, "ModelPipeline:credit:2", "ModelPipeline", "drift");
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
      save(bed, "DriftCheck:credit", "DriftCheck", "alerted");
      steward.drift(bed.steward.calls("drift", DriftSummary.class).get(0));
      bed.until(() -> steward.status().history().size() == 2, "the retraining's end");
      steward.drift(bed.steward.calls("drift", DriftSummary.class).get(0));
      bed.until(() -> steward.status().waitsFor().startsWith("a check of"), "the refusal");
      save(bed, "ModelSteward:credit", "ModelSteward", "alerted");
      bed.watch.breakDown("check", FailureType.STORE_UNAVAILABLE, "store: down (expected: up)");
      bed.alerts.notice("credit", "check", false);
      try {
        bed.client()
            .newWorkflowStub(DriftCheck.class, bed.at("DriftCheck:credit:failed"))
            .run(request);
      } catch (WorkflowFailedException failed) {
        save(bed, "DriftCheck:credit:failed", "DriftCheck", "failed");
      }
      bed.schedules.lapse(
          new ScheduleActivities.Lapse(
              "credit", "credit-1", ScheduleActivities.LapseKind.LATE, "started nothing"));
      bed.alerts.notice("credit", "schedule", false);
      bed.client()
          .newWorkflowStub(Janitor.class, bed.at("Janitor"))
          .run(new Janitor.JanitorRequest(List.of(), false, Samples.spec().watch().receivers()));
      save(bed, "Janitor", "Janitor", "alerted");
    }
  }

  /** Three trials pause, one of them goes on. */
  private void sweep() {
    try (TestBed bed = new TestBed()) {
      bed.specs.spec(Samples.searching(new SearchSpec(SearchSpec.Method.ASHA, 3, 3, 5), 2));
      bed.search.habit(FakeSearch::halving);
      bed.pipeline(1).run(Samples.numbered(1));
      save(bed, "ModelPipeline:credit:1", "ModelPipeline", "sweep");
    }
  }

  private void sweepStopped() {
    try (TestBed bed = new TestBed()) {
      bed.specs.spec(Samples.searching(new SearchSpec(SearchSpec.Method.RANDOM, 50, 3, 1), 2));
      CountDownLatch end = new CountDownLatch(1);
      bed.train.habit(
          "mlp",
          request -> {
            if (request.trial() > 2) {
              hold(end);
            }
          });
      ModelPipeline run = bed.started(Samples.numbered(1));
      while (bed.train.calls("fit-mlp").size() < 4) {
        Thread.onSpinWait();
      }
      run.stopTraining(new ModelPipeline.StopTraining("ann", "good enough"));
      TestBed.outcome(run);
      end.countDown();
      save(bed, "ModelPipeline:credit:1", "ModelPipeline", "sweep-stopped");
    }
  }

  /** The node vanishes: no heartbeat for 15 s of real time, then the next attempt. */
  private void trainerKilled() {
    try (TestBed bed = new TestBed()) {
      CountDownLatch end = new CountDownLatch(1);
      bed.train.habit(
          "mlp",
          request -> {
            if (Activity.getExecutionContext().getInfo().getAttempt() == 1) {
              silent(end);
            } else {
              end.countDown();
            }
          });
      PipelineRequest request = Samples.numbered(1);
      PipelineOutcome outcome = bed.pipeline(1).run(request);
      System.out.println("trainer-killed: " + outcome.result());
      save(bed, "ModelPipeline:credit:1", "ModelPipeline", "trainer-killed");
      save(bed, "TrainingTrial:credit-1:1", "TrainingTrial", "trainer-killed");
    }
  }

  /** A spot node is warned, replaced while it works, taken away; then a shortage and the end. */
  private void notice() {
    try (TestBed bed = new TestBed()) {
      bed.compute.sellAt(() -> Instant.ofEpochMilli(bed.environment.currentTimeMillis()));
      bed.compute.price(new Offering("g5.xlarge", "zone-a"), Market.SPOT, 0.4);
      ComputePool pool =
          bed.client().newWorkflowStub(ComputePool.class, bed.at("ComputePool:credit-1"));
      WorkflowClient.start(pool::run, bought());
      bed.until(() -> bed.compute.alive().size() == 1, "the node");
      ComputeActivities.Node first = bed.compute.alive().getFirst();
      pool.reported(new ComputePool.NodeNews(first.key(), ComputePool.NodeState.BUSY, null));
      pool.warned(new ComputePool.NodeWarning(first.key(), ComputePool.Warning.NOTICE, null));
      bed.until(() -> bed.compute.alive().size() == 2, "the replacement");
      bed.compute.lose(first);
      bed.until(() -> pool.status().counts().interruptions() == 1, "the loss");
      bed.compute.sellOut(Market.SPOT, new Offering("g5.xlarge", "zone-a"));
      pool.warned(
          new ComputePool.NodeWarning(
              bed.compute.alive().getFirst().key(), ComputePool.Warning.REBALANCE, null));
      bed.environment.sleep(Duration.ofMinutes(7));
      pool.release();
      WorkflowStub.fromTyped(pool).getResult(ComputePool.PoolOutcome.class);
      save(bed, "ComputePool:credit-1", "ComputePool", "notice");
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
      save(bed, "Janitor", "Janitor", "mended");
    }
  }

  private static void hold(CountDownLatch end) {
    try {
      while (!end.await(20, java.util.concurrent.TimeUnit.MILLISECONDS)) {
        Activity.getExecutionContext().heartbeat("epoch");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void silent(CountDownLatch end) {
    try {
      end.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void save(TestBed bed, String workflowId, String workflow, String what) {
    Path file = folder.resolve(workflow).resolve(what + ".json");
    try {
      Files.createDirectories(file.getParent());
      Files.writeString(file, bed.client().fetchHistory(workflowId).toJson(true) + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    System.out.println("recorded " + file);
  }
}
