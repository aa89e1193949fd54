package io.millrace.workflows.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.workflows.Samples;
import io.millrace.workflows.TestBed;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.pipeline.ModelPipeline.ResumeRequest;
import io.millrace.workflows.pipeline.PipelineOutcome.Result;
import io.millrace.workflows.pool.ComputePool;
import io.millrace.workflows.port.compute.ComputeActivities;
import io.temporal.activity.Activity;
import io.temporal.activity.ActivityExecutionContext;
import io.temporal.client.ActivityCompletionException;
import io.temporal.client.WorkflowFailedException;
import io.temporal.client.WorkflowStub;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TrainingWorkflowTest {
  private final TestBed bed = new TestBed();

  @AfterEach
  void close() {
    bed.close();
  }

  private static void diverge() {
    throw Failures.of(FailureType.TRAINING_DIVERGED, "loss: NaN (expected: finite)");
  }

  /** Trains until told to stop, as a long trial does. */
  private static void trainUntil(CountDownLatch latch) {
    ActivityExecutionContext context = Activity.getExecutionContext();
    try {
      while (!latch.await(20, TimeUnit.MILLISECONDS)) {
        context.heartbeat("epoch");
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    } catch (ActivityCompletionException e) {
      throw e;
    }
  }

  @Test
  void oneTrialDiverged_whileAnotherSucceeds_deploysTheOther() {
    bed.train.habit("mlp", request -> diverge());

    PipelineOutcome outcome = bed.pipeline(1).run(Samples.numbered(1));

    assertThat(outcome.result()).isEqualTo(Result.DEPLOYED);
    assertThat(bed.train.calls("fit-mlp")).hasSize(1);
  }

  @Test
  void everyTrialDiverged_failsTheRun() {
    bed.train.habit("mlp", request -> diverge());
    bed.train.habit("linear", request -> diverge());

    PipelineOutcome outcome = bed.pipeline(1).run(Samples.numbered(1));

    assertThat(outcome.result()).isEqualTo(Result.FAILED);
    assertThat(outcome.failure()).isEqualTo(FailureType.TRAINING_DIVERGED);
    assertThat(bed.compute.alive()).isEmpty();
  }

  @Test
  void node_thatIsLost_isReplaced() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    // both trials are under way: a node that no trial needs would not be replaced
    bed.train.habit("linear", request -> trainUntil(end));
    bed.train.habit("mlp", request -> trainUntil(end));
    ModelPipeline run = bed.started(Samples.numbered(1));
    await(() -> bed.train.calls("fit").size() == 2 && bed.compute.alive().size() == 2);

    ComputeActivities.Node gone = bed.compute.alive().get(0);
    bed.compute.lose(gone);
    await(() -> bed.compute.alive().size() == 2 && !bed.compute.alive().contains(gone));
    end.countDown();

    assertThat(TestBed.outcome(run).result()).isEqualTo(Result.DEPLOYED);
    assertThat(bed.compute.calls("launch")).hasSize(3);
    assertThat(bed.compute.alive()).isEmpty();
  }

  @Test
  void pool_thatLostTooManyNodes_suspendsTheRunAndKeepsFinishedTrials() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    bed.train.habit("mlp", request -> trainUntil(end));
    ModelPipeline run = bed.started(Samples.numbered(1));
    await(() -> bed.train.calls("fit-mlp").size() == 1 && bed.compute.alive().size() == 2);
    await(() -> !bed.compute.calls("await").isEmpty());

    bed.compute.loseAll();
    // one trial is left, so one node is
    await(() -> bed.compute.calls("launch").size() == 3 && bed.compute.alive().size() == 1);
    bed.compute.loseAll();
    await(() -> run.status().stage().equals("suspended"));
    assertThat(run.status().suspension().type()).isEqualTo(FailureType.CAPACITY_UNAVAILABLE);
    assertThat(bed.compute.alive()).isEmpty();

    end.countDown();
    run.resume(new ResumeRequest(ResumeRequest.Action.RETRY, "ann", null));
    assertThat(TestBed.outcome(run).result()).isEqualTo(Result.DEPLOYED);
    assertThat(bed.train.calls("fit-linear")).hasSize(1);
    assertThat(bed.compute.alive()).isEmpty();
  }

  @Test
  void moneyThatIsSpent_stopsTheSweepAndKeepsWhatWasTrained() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    bed.train.habit("mlp", request -> trainUntil(end));
    ModelPipeline run = bed.started(Samples.numbered(1));
    await(() -> run.status().trials().stream().anyMatch(trial -> trial.share() == 1));
    await(() -> bed.train.calls("fit-mlp").size() == 1);

    run.spent(new ComputePool.Spent(25.1, 25));

    assertThat(TestBed.outcome(run).result()).isEqualTo(Result.DEPLOYED);
    end.countDown();
    assertThat(bed.train.calls("fit-linear")).hasSize(1);
    assertThat(bed.compute.alive()).isEmpty();
  }

  @Test
  void moneyThatIsSpent_beforeAnyTrialEnded_failsTheRunByName() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    bed.train.habit("mlp", request -> trainUntil(end));
    bed.train.habit("linear", request -> trainUntil(end));
    ModelPipeline run = bed.started(Samples.numbered(1));
    await(() -> bed.train.calls("fit").size() == 2);

    run.spent(new ComputePool.Spent(25.1, 25));

    PipelineOutcome outcome = TestBed.outcome(run);
    end.countDown();
    assertThat(outcome.failure()).isEqualTo(FailureType.CONFIG_INVALID);
    assertThat(outcome.sentence())
        .contains("training.budget.cost")
        .contains("(expected: enough for one trial)");
  }

  @Test
  void cancel_whileTraining_releasesThePoolAndTellsTheSteward() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    bed.train.habit("mlp", request -> trainUntil(end));
    ModelPipeline run = bed.started(Samples.numbered(1));
    await(() -> bed.train.calls("fit-mlp").size() == 1 && bed.compute.alive().size() == 2);

    WorkflowStub.fromTyped(run).cancel();

    assertThatThrownBy(() -> TestBed.outcome(run))
        .isInstanceOf(WorkflowFailedException.class)
        .hasRootCauseMessage("Workflow canceled");
    end.countDown();
    assertThat(bed.compute.alive()).isEmpty();
    assertThat(bed.steward.calls("finished")).hasSize(1);
    assertThat(bed.reports.calls("write")).hasSize(1);
  }

  @Test
  void cancel_whileSuspended_endsTheWait() {
    bed.data.breakDown("ingest", FailureType.SOURCE_UNAVAILABLE, "down");
    ModelPipeline run = bed.started(Samples.numbered(1));
    bed.untilStage(run, "suspended");

    WorkflowStub.fromTyped(run).cancel();

    assertThatThrownBy(() -> TestBed.outcome(run)).isInstanceOf(WorkflowFailedException.class);
    assertThat(bed.steward.calls("finished")).hasSize(1);
  }

  /** Polls in real time: workflow time stands still while activities run. */
  private static void await(java.util.function.BooleanSupplier condition) throws Exception {
    for (int i = 0; i < 2000; i++) {
      if (condition.getAsBoolean()) {
        return;
      }
      Thread.sleep(10);
    }
    throw new AssertionError("never came");
  }
}
