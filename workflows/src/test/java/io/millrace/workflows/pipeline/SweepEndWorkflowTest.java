package io.millrace.workflows.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.workflows.Samples;
import io.millrace.workflows.TestBed;
import io.millrace.workflows.pipeline.ModelPipeline.StopTraining;
import io.millrace.workflows.pipeline.PipelineOutcome.Result;
import io.millrace.workflows.pool.ComputePool;
import io.millrace.workflows.port.audit.AuditActivities.AuditRecord;
import io.millrace.workflows.spec.TrainingSpec;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What ends a sweep before its last trial: a budget or a person. */
class SweepEndWorkflowTest extends SweepBed {
  @Test
  void budgetOfTime_endsTheSweep_andSelectionIsAmongWhatThereIs() {
    TrainingSpec training = Samples.searching(random(100), 2).training();
    bed.specs.spec(
        Samples.with(
            new TrainingSpec(
                training.seed(),
                training.candidates(),
                training.objective(),
                training.search(),
                training.maxEpochs(),
                training.patience(),
                training.batchSize(),
                training.threads(),
                training.parallel(),
                training.checkpoint(),
                training.compute(),
                // time stands still while the fake trains, so this one passes in real time
                new TrainingSpec.BudgetSpec(Duration.ofSeconds(3), null)),
            Samples.spec().gates(),
            Samples.spec().retraining()));
    CountDownLatch never = new CountDownLatch(1);
    bed.train.habit(
        "mlp",
        request -> {
          if (request.trial() >= 3) {
            trainUntil(never);
          }
        });

    PipelineOutcome outcome = bed.pipeline(1).run(Samples.numbered(1));

    assertThat(outcome.result()).isEqualTo(Result.DEPLOYED);
    assertThat(selected()).containsExactly(0, 1, 2);
    assertThat(Objects.requireNonNull(status().sweep()).ended())
        .isEqualTo("training.budget.time is spent: 3 s");
    assertThat(bed.compute.alive()).isEmpty();
    never.countDown();
  }

  @Test
  void stopTraining_endsWhatRuns_keepsResults_andIsInTheAudit() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    ModelPipeline run = startedWithFourResults(never);
    assertThatThrownBy(() -> run.stopTraining(new StopTraining("<you>", "enough")))
        .hasStackTraceContaining("who: <you> (expected: your own words in its place)");

    run.stopTraining(new StopTraining("ann", "good enough"));

    assertThat(TestBed.outcome(run).result()).isEqualTo(Result.DEPLOYED);
    assertThat(selected()).containsExactly(0, 1, 2, 3);
    assertThat(Objects.requireNonNull(run.status().sweep()).ended())
        .isEqualTo("stopped by ann: good enough");
    assertThat(bed.audit.calls("record", AuditRecord.class))
        .anySatisfy(
            entry -> {
              assertThat(entry.action()).isEqualTo("stop-training");
              assertThat(entry.who()).isEqualTo("ann");
            });
    never.countDown();
  }

  @Test
  void stopTraining_withoutAResult_isRefused() throws Exception {
    bed.specs.spec(Samples.searching(random(2), 1));
    CountDownLatch end = new CountDownLatch(1);
    CountDownLatch begun = new CountDownLatch(1);
    bed.train.habit(
        "linear",
        request -> {
          begun.countDown();
          trainUntil(end);
        });
    ModelPipeline run = bed.started(Samples.numbered(1));
    assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();

    assertThatThrownBy(() -> run.stopTraining(new StopTraining("ann", "enough")))
        .hasStackTraceContaining(
            "finished trials: 0 (expected: at least one to select from; cancel the run to end"
                + " it)");
    end.countDown();

    assertThat(TestBed.outcome(run).result()).isEqualTo(Result.DEPLOYED);
    assertThatThrownBy(() -> run.stopTraining(new StopTraining("ann", "enough")))
        .isInstanceOf(RuntimeException.class);
  }

  @Test
  void budgetOfMoney_endsTheSweep_andSelectionIsAmongWhatThereIs() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    ModelPipeline run = startedWithFourResults(never);

    run.spent(new ComputePool.Spent(25.1, 25));

    assertThat(TestBed.outcome(run).result()).isEqualTo(Result.DEPLOYED);
    assertThat(selected()).containsExactly(0, 1, 2, 3);
    assertThat(Objects.requireNonNull(run.status().sweep()).ended())
        .isEqualTo("training.budget.cost is spent");
    never.countDown();
  }

  /** A sweep of which four trials are done and two train until the latch opens. */
  private ModelPipeline startedWithFourResults(CountDownLatch latch) throws InterruptedException {
    bed.specs.spec(Samples.searching(random(100), 2));
    CountDownLatch begun = new CountDownLatch(2);
    bed.train.habit(
        "mlp",
        request -> {
          if (request.trial() >= 4) {
            begun.countDown();
            trainUntil(latch);
          }
        });
    ModelPipeline run = bed.started(Samples.numbered(1));
    assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
    return run;
  }
}
