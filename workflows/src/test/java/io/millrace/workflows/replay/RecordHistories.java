package io.millrace.workflows.replay;

import io.millrace.workflows.Samples;
import io.millrace.workflows.TestBed;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.pipeline.ModelPipeline;
import io.millrace.workflows.pipeline.ModelPipeline.ApprovalRequest;
import io.millrace.workflows.pipeline.ModelPipeline.ResumeRequest;
import io.millrace.workflows.pipeline.PipelineOutcome;
import io.millrace.workflows.pipeline.PipelineRequest;
import io.millrace.workflows.port.deploy.DeployActivities.VersionTraffic;
import io.millrace.workflows.port.deploy.FakeDeploy;
import io.millrace.workflows.port.search.FakeSearch;
import io.millrace.workflows.spec.SearchSpec;
import io.temporal.activity.Activity;
import io.temporal.client.WorkflowFailedException;
import io.temporal.client.WorkflowStub;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/**
 * Writes the histories of runs; pools, checks and rollouts have recorders of their own. Arguments:
 * the folder of histories, then the paths to record.
 */
public final class RecordHistories {
  private final Histories histories;

  private RecordHistories(Path folder) {
    this.histories = new Histories(folder);
  }

  public static void main(String[] arguments) {
    RecordHistories all = new RecordHistories(Path.of(arguments[0]));
    Histories.record(
        arguments,
        Map.of(
            "happy",
            all::happy,
            "gate-rejected",
            all::gateRejected,
            "suspended-resumed",
            all::suspendedResumed,
            "cancel",
            all::cancel,
            "approved",
            all::approved,
            "rolled-back",
            all::rolledBack,
            "sweep",
            all::sweep,
            "sweep-stopped",
            all::sweepStopped,
            "trainer-killed",
            all::trainerKilled));
  }

  private void happy() {
    try (TestBed bed = new TestBed()) {
      bed.pipeline(1).run(Samples.request());
      histories.save(bed, "ModelPipeline:credit:1", "ModelPipeline", "happy");
      histories.save(bed, "ComputePool:credit-1", "ComputePool", "happy");
      histories.save(bed, "TrainingTrial:credit-1:0", "TrainingTrial", "happy");
      histories.save(bed, "Rollout:credit:credit-1-1", "Rollout", "first");
      bed.pipeline(2).run(Samples.numbered(2));
      histories.save(bed, "Rollout:credit:credit-2-1", "Rollout", "happy");
    }
  }

  private void gateRejected() {
    try (TestBed bed = new TestBed()) {
      bed.gate.rejectAll();
      bed.pipeline(1).run(Samples.numbered(1));
      histories.save(bed, "ModelPipeline:credit:1", "ModelPipeline", "gate-rejected");
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
      histories.save(bed, "ModelPipeline:credit:1", "ModelPipeline", "suspended-resumed");
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
      histories.save(bed, "ModelPipeline:credit:1", "ModelPipeline", "cancel");
      histories.save(bed, "ComputePool:credit-1", "ComputePool", "cancel");
    }
  }

  private void approved() {
    try (TestBed bed = new TestBed()) {
      bed.specs.spec(Samples.withApproval(2, Duration.ofDays(3)));
      ModelPipeline run = bed.started(Samples.numbered(1));
      bed.untilStage(run, "waiting-approval");
      run.approve(new ApprovalRequest("ann", "risk-officer", true, "fine"));
      run.approve(new ApprovalRequest("bob", "risk-officer", true, "fine"));
      TestBed.outcome(run);
      histories.save(bed, "ModelPipeline:credit:1", "ModelPipeline", "approved");
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
      histories.save(bed, "ModelPipeline:credit:2", "ModelPipeline", "rolled-back");
      histories.save(bed, "Rollout:credit:credit-2-1", "Rollout", "rolled-back");
    }
  }

  /** Three trials pause, one of them goes on. */
  private void sweep() {
    try (TestBed bed = new TestBed()) {
      bed.specs.spec(Samples.searching(new SearchSpec(SearchSpec.Method.ASHA, 3, 3, 5), 2));
      bed.search.habit(FakeSearch::halving);
      bed.pipeline(1).run(Samples.numbered(1));
      histories.save(bed, "ModelPipeline:credit:1", "ModelPipeline", "sweep");
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
      histories.save(bed, "ModelPipeline:credit:1", "ModelPipeline", "sweep-stopped");
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
      histories.save(bed, "ModelPipeline:credit:1", "ModelPipeline", "trainer-killed");
      histories.save(bed, "TrainingTrial:credit-1:1", "TrainingTrial", "trainer-killed");
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
}
