package io.millrace.workflows.steward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.workflows.Samples;
import io.millrace.workflows.TestBed;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.pipeline.PipelineOutcome;
import io.millrace.workflows.pipeline.PipelineRequest;
import io.millrace.workflows.pipeline.PipelineStatus;
import io.millrace.workflows.pipeline.Trigger;
import io.millrace.workflows.port.steward.StewardActivities.Inspection;
import io.millrace.workflows.port.steward.StewardActivities.RunState;
import io.millrace.workflows.steward.ModelSteward.AdmitRun;
import io.millrace.workflows.steward.ModelSteward.RunStarted;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowStub;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ModelStewardWorkflowTest {
  private final StewardBed stewards = new StewardBed();
  private final TestBed bed = stewards.bed;
  private final ModelSteward steward = stewards.steward;

  @AfterEach
  void close() {
    stewards.close();
  }

  @Test
  void start_numbersTheRunAndStartsIt() {
    RunStarted started = steward.start(Samples.request());

    assertThat(started).isEqualTo(new RunStarted("credit-1", "ModelPipeline:credit:1", 1));
    assertThat(steward.status().active().workflowId()).isEqualTo("ModelPipeline:credit:1");
  }

  @Test
  void start_whileAnotherRuns_isRefused() {
    steward.start(Samples.request());

    assertThatThrownBy(() -> steward.start(Samples.request()))
        .rootCause()
        .hasMessageContaining(
            "RUN_IN_PROGRESS: ModelPipeline:credit:1 is under way (expected: one run per model at"
                + " a time)");
  }

  @Test
  void start_muchLater_asksTheServerAndIsRefusedStill() {
    steward.start(Samples.request());
    bed.environment.sleep(Duration.ofMinutes(5));

    assertThatThrownBy(() -> steward.start(Samples.request()))
        .rootCause()
        .hasMessageContaining("RUN_IN_PROGRESS");
    assertThat(bed.steward.calls("inspect")).hasSize(1);
  }

  @Test
  void start_afterARunThatWasTerminated_isAdmitted() {
    steward.start(Samples.request());
    bed.environment.sleep(Duration.ofMinutes(5));
    bed.steward.state("ModelPipeline:credit:1", new RunState(false, null, null, true));

    assertThat(steward.start(Samples.request()).number()).isEqualTo(2);
  }

  @Test
  void start_ofAnotherModel_isRefused() {
    assertThatThrownBy(
            () ->
                steward.start(
                    new PipelineRequest("/x.yaml", null, "other", null, null, null, null)))
        .rootCause()
        .hasMessageContaining("model: other (expected: credit)");
  }

  @Test
  void admit_ofTheSameRunTwice_answersTheSameNumber() {
    AdmitRun request = new AdmitRun("by-hand", Trigger.manual(), null, null, null);

    assertThat(steward.admit(request).number()).isEqualTo(1);
    assertThat(steward.admit(request).number()).isEqualTo(1);
    assertThatThrownBy(
            () -> steward.admit(new AdmitRun("another", Trigger.manual(), null, null, null)))
        .rootCause()
        .hasMessageContaining("RUN_IN_PROGRESS: by-hand is under way");
  }

  @Test
  void freshSteward_numbersAfterTheRunsInTheStore() {
    bed.steward.lastRun(41);
    ModelSteward other =
        bed.client().newWorkflowStub(ModelSteward.class, bed.at("ModelSteward:lost"));
    WorkflowClient.start(other::run, StewardState.fresh("lost"));

    assertThat(other.start(Samples.request()).number()).isEqualTo(42);
  }

  @Test
  void finished_withADeployment_setsTheChampionAndFreesTheFlight() {
    stewards.firstRun(StewardBed.rules(Duration.ZERO, 8));

    StewardState state = steward.status();
    assertThat(state.champion().version()).isEqualTo(1);
    assertThat(state.active()).isNull();
    assertThat(state.history()).hasSize(1);
  }

  @Test
  void suspendedRun_isResumedByChecksWithGrowingPatience() {
    steward.start(Samples.request());
    PipelineStatus.Suspension suspension =
        new PipelineStatus.Suspension(
            "ingest", FailureType.SOURCE_UNAVAILABLE, "host: down", Instant.EPOCH);
    bed.steward.state("ModelPipeline:credit:1", new RunState(true, suspension, null, false));

    StringBuilder resumedAt = new StringBuilder();
    int before = 0;
    for (int check = 1; check <= 16; check++) {
      stewards.drift(false, false);
      int now = stewards.run(1).status().steps().size();
      if (now > before) {
        resumedAt.append(check).append(' ');
      }
      before = now;
    }
    assertThat(resumedAt.toString()).isEqualTo("1 3 7 15 ");
    assertThat(stewards.run(1).status().steps().get(0).name()).isEqualTo("schedule");

    bed.steward.state(
        "ModelPipeline:credit:1",
        new RunState(
            true,
            new PipelineStatus.Suspension(
                "rollout", FailureType.ENDPOINT_UNAVAILABLE, "down", Instant.EPOCH),
            null,
            false));
    stewards.drift(false, false);
    assertThat(stewards.run(1).status().steps()).hasSize(5);
  }

  @Test
  void runningRun_isLeftAloneByDrift() {
    steward.start(Samples.request());

    stewards.drift(true, false);

    assertThat(stewards.run(1).status().steps()).isEmpty();
    assertThat(steward.status().nextNumber()).isEqualTo(2);
  }

  @Test
  void terminatedRun_isSucceededByOneThatResumesFromIt() {
    stewards.firstRun(StewardBed.rules(Duration.ZERO, 8));
    stewards.drift(true, false);
    PipelineRequest interrupted = steward.status().active().request();
    WorkflowStub.fromTyped(stewards.run(2)).terminate("machine gone");
    bed.steward.state("ModelPipeline:credit:2", new RunState(false, null, null, true));

    stewards.drift(false, false);

    StewardState.ActiveRun successor = steward.status().active();
    assertThat(successor.number()).isEqualTo(3);
    assertThat(successor.request().resumeFrom()).isEqualTo("credit-2");
    assertThat(successor.request().recent()).isEqualTo(interrupted.recent());
    assertThat(bed.steward.calls("inspect", Inspection.class))
        .contains(new Inspection("ModelPipeline:credit:2"));
  }

  @Test
  void runThatEndedUnheard_isTakenIntoTheBooksAndNotRepeated() {
    steward.start(Samples.request());
    PipelineOutcome outcome =
        new PipelineOutcome(
            "credit-1",
            PipelineOutcome.Result.DEPLOYED,
            "fine",
            new io.millrace.workflows.ref.ModelRef("credit", 9, Samples.DIGEST),
            List.of(),
            null,
            null,
            null);
    bed.steward.state("ModelPipeline:credit:1", new RunState(false, null, outcome, false));

    stewards.drift(false, false);

    assertThat(steward.status().active()).isNull();
    assertThat(steward.status().champion().version()).isEqualTo(9);
  }

  @Test
  void longHistory_continuesAsNewWithEverythingKnown() {
    stewards.firstRun(StewardBed.rules(Duration.ZERO, 8));
    WorkflowStub stub = WorkflowStub.fromTyped(steward);
    String firstRunId = stub.describe().getExecution().getRunId();

    for (int i = 0; i < 2_100; i++) {
      steward.drift(stewards.seen(false, false));
    }
    ModelSteward now = bed.client().newWorkflowStub(ModelSteward.class, "ModelSteward:credit");
    bed.until(
        () -> !WorkflowStub.fromTyped(now).describe().getExecution().getRunId().equals(firstRunId),
        "a new run of the steward");

    StewardState state = now.status();
    assertThat(state.champion().version()).isEqualTo(1);
    assertThat(state.nextNumber()).isEqualTo(2);
    assertThat(state.request()).isEqualTo(Samples.request());
    assertThat(state.lastDrift().state()).isEqualTo("STABLE");
  }
}
