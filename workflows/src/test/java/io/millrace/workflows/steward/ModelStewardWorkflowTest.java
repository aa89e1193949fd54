package io.millrace.workflows.steward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.workflows.Samples;
import io.millrace.workflows.TestBed;
import io.millrace.workflows.drift.DriftSummary;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.options.WorkflowIds;
import io.millrace.workflows.pipeline.ModelPipeline;
import io.millrace.workflows.pipeline.ModelPipeline.ResumeRequest;
import io.millrace.workflows.pipeline.PipelineOutcome;
import io.millrace.workflows.pipeline.PipelineRequest;
import io.millrace.workflows.pipeline.PipelineStatus;
import io.millrace.workflows.pipeline.Trigger;
import io.millrace.workflows.port.data.DataActivities.RecentRows;
import io.millrace.workflows.port.steward.StewardActivities.Inspection;
import io.millrace.workflows.port.steward.StewardActivities.RunState;
import io.millrace.workflows.spec.RetrainingSpec;
import io.millrace.workflows.steward.ModelSteward.AdmitRun;
import io.millrace.workflows.steward.ModelSteward.RunStarted;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowStub;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ModelStewardWorkflowTest {
  private final TestBed bed = new TestBed(List.of(ModelStewardImpl.class, ScriptedPipeline.class));
  private ModelSteward steward;

  @BeforeEach
  void startSteward() {
    steward = bed.client().newWorkflowStub(ModelSteward.class, bed.at("ModelSteward:credit"));
    WorkflowClient.start(steward::run, StewardState.fresh("credit"));
  }

  @AfterEach
  void close() {
    bed.close();
  }

  private static RetrainingSpec rules(Duration cooldown, int perMonth) {
    return new RetrainingSpec(
        List.of("drift", "quality"),
        new RetrainingSpec.DataWindow(Duration.ofDays(180)),
        cooldown,
        perMonth,
        Duration.ofDays(7));
  }

  private DriftSummary seen(boolean drifted, boolean quality) {
    return new DriftSummary(
        "credit",
        drifted ? "DRIFTED" : "STABLE",
        drifted,
        quality,
        drifted ? List.of("LIMIT") : List.of(),
        Instant.ofEpochMilli(bed.environment.currentTimeMillis()),
        drifted ? "LIMIT drifted" : "nothing drifted");
  }

  private ModelPipeline run(int number) {
    return bed.client()
        .newWorkflowStub(ModelPipeline.class, WorkflowIds.pipeline("credit", number));
  }

  /** A run that is admitted, as every run is, and ends. */
  private void firstRun(RetrainingSpec rules) {
    RunStarted started = steward.start(Samples.request());
    steward.admit(
        new AdmitRun(started.workflowId(), Trigger.manual(), 1, Samples.request(), rules));
    end(1, PipelineOutcome.Result.DEPLOYED);
  }

  private void end(int number, PipelineOutcome.Result result) {
    run(number)
        .resumeSuspended(new ResumeRequest(ResumeRequest.Action.RETRY, "test", result.name()));
    bed.until(
        () -> {
          StewardState.ActiveRun active = steward.status().active();
          return active == null || active.number() != number;
        },
        "end of run " + number);
  }

  private void drift(boolean drifted, boolean quality) {
    steward.drift(seen(drifted, quality));
    bed.environment.sleep(Duration.ofSeconds(1));
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
    firstRun(rules(Duration.ZERO, 8));

    StewardState state = steward.status();
    assertThat(state.champion().version()).isEqualTo(1);
    assertThat(state.active()).isNull();
    assertThat(state.history()).hasSize(1);
  }

  @Test
  void drift_withoutARun_retrainsWithTheLastMonthsPredictions() {
    firstRun(rules(Duration.ZERO, 8));

    drift(true, false);

    StewardState state = steward.status();
    assertThat(state.active().number()).isEqualTo(2);
    assertThat(state.active().trigger().cause()).isEqualTo("drift");
    assertThat(
            Duration.between(
                state.active().request().recent().from(), state.active().request().recent().to()))
        .isEqualTo(Duration.ofDays(180));
    assertThat(bed.audit.actions()).containsExactly("retrain");
  }

  @Test
  void drift_thatTheSpecDoesNotRetrainOn_doesNothing() {
    firstRun(
        new RetrainingSpec(
            List.of("quality"),
            new RetrainingSpec.DataWindow(null),
            Duration.ZERO,
            8,
            Duration.ofDays(7)));

    drift(true, false);
    assertThat(steward.status().active()).isNull();

    drift(false, true);
    assertThat(steward.status().active().trigger().cause()).isEqualTo("quality");
    assertThat(steward.status().active().request().recent()).isNull();
  }

  @Test
  void stableCheck_startsNothing() {
    firstRun(rules(Duration.ZERO, 8));

    drift(false, false);

    assertThat(steward.status().active()).isNull();
    assertThat(steward.status().lastDrift().state()).isEqualTo("STABLE");
  }

  @Test
  void drift_beforeAnyRun_waitsForOne() {
    drift(true, false);

    assertThat(steward.status().active()).isNull();
  }

  @Test
  void drift_withinTheCooldown_waits() {
    firstRun(rules(Duration.ofDays(1), 8));
    drift(true, false);
    end(2, PipelineOutcome.Result.REJECTED);

    drift(true, false);
    assertThat(steward.status().active()).isNull();
    assertThat(steward.status().waitsFor()).startsWith("the cooldown to end at ");

    bed.environment.sleep(Duration.ofDays(1));
    drift(true, false);
    assertThat(steward.status().active().number()).isEqualTo(3);
  }

  @Test
  void drift_beyondTheMonthsBudget_waits() {
    firstRun(rules(Duration.ZERO, 1));
    drift(true, false);
    end(2, PipelineOutcome.Result.DEPLOYED);

    drift(true, false);
    assertThat(steward.status().active()).isNull();
    assertThat(steward.status().waitsFor())
        .isEqualTo("the budget of 1 retrainings in 30 days to free up");

    bed.environment.sleep(Duration.ofDays(31));
    drift(true, false);
    assertThat(steward.status().active().number()).isEqualTo(3);
  }

  @Test
  void aHundredDriftsAtOnce_startExactlyOneRun() {
    firstRun(rules(Duration.ZERO, 8));

    for (int i = 0; i < 100; i++) {
      steward.drift(seen(true, false));
    }
    bed.environment.sleep(Duration.ofMinutes(1));

    assertThat(steward.status().nextNumber()).isEqualTo(3);
    assertThat(steward.status().active().number()).isEqualTo(2);
  }

  @Test
  void aHundredDriftsAtOnce_thatAreToldAgainAfterTheRun_startNoOther() {
    firstRun(rules(Duration.ZERO, 8));
    List<DriftSummary> storm = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      storm.add(seen(true, i % 2 == 0));
    }
    bed.environment.sleep(Duration.ofSeconds(1));
    storm.parallelStream().forEach(steward::drift);
    bed.environment.sleep(Duration.ofMinutes(1));
    end(2, PipelineOutcome.Result.REJECTED);

    storm.forEach(steward::drift);
    bed.environment.sleep(Duration.ofMinutes(1));

    assertThat(steward.status().active()).isNull();
    assertThat(steward.status().nextNumber()).isEqualTo(3);
    assertThat(bed.audit.actions()).as("one retraining in the books").containsExactly("retrain");
    assertThat(steward.status().waitsFor()).startsWith("a check of what came after the retraining");
    drift(true, false);
    assertThat(steward.status().active().number()).as("what is new counts").isEqualTo(3);
  }

  @Test
  void retrainings_thatBringNothing_areTriedLessAndLessOften() {
    firstRun(rules(Duration.ofHours(1), 1_000));
    StringBuilder retrainedAt = new StringBuilder();
    for (int hour = 0; hour < 40; hour++) {
      drift(true, false);
      StewardState.ActiveRun active = steward.status().active();
      if (active != null) {
        retrainedAt.append(hour).append(' ');
        end(active.number(), PipelineOutcome.Result.FAILED);
      }
      bed.environment.sleep(Duration.ofHours(1));
    }
    assertThat(retrainedAt.toString()).isEqualTo("0 1 3 7 15 31 ");
    assertThat(steward.status().tally().fruitless()).isEqualTo(6);
    steward.start(Samples.request());
    end(8, PipelineOutcome.Result.DEPLOYED);
    assertThat(steward.status().tally().fruitless()).as("a new version ends it").isZero();
  }

  @Test
  void retraining_ofTheNewestRows_asksForThatMany() {
    firstRun(
        new RetrainingSpec(
            List.of("drift"),
            new RetrainingSpec.DataWindow(null, null, null, 40_000L),
            Duration.ZERO,
            8,
            Duration.ofDays(7)));

    drift(true, false);

    RecentRows recent = steward.status().active().request().recent();
    assertThat(recent.rows()).isEqualTo(40_000);
    assertThat(recent.alone()).isTrue();
    assertThat(recent.to()).isEqualTo(steward.status().lastDrift().at());
  }

  @Test
  void cost_ofRetrainings_isAddedUpFromTheirOutcomes() {
    firstRun(
        new RetrainingSpec(
            List.of("drift"),
            new RetrainingSpec.DataWindow(null, null, Duration.ofDays(30)),
            Duration.ZERO,
            8,
            Duration.ofDays(7),
            null,
            null,
            null,
            null,
            2.0));
    drift(true, false);
    assertThat(steward.status().active().request().recent().alone()).isTrue();
    steward.finished(
        new ModelSteward.RunFinished(
            "ModelPipeline:credit:2",
            new PipelineOutcome(
                "credit-2",
                PipelineOutcome.Result.REJECTED,
                "no",
                null,
                List.of(),
                null,
                null,
                null,
                2.5)));
    drift(true, false);

    assertThat(steward.status().active()).isNull();
    assertThat(steward.status().waitsFor())
        .isEqualTo("the budget of 2.00 USD in 30 days to free up, 2.50 are spent");
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
      drift(false, false);
      int now = run(1).status().steps().size();
      if (now > before) {
        resumedAt.append(check).append(' ');
      }
      before = now;
    }
    assertThat(resumedAt.toString()).isEqualTo("1 3 7 15 ");
    assertThat(run(1).status().steps().get(0).name()).isEqualTo("schedule");

    bed.steward.state(
        "ModelPipeline:credit:1",
        new RunState(
            true,
            new PipelineStatus.Suspension(
                "rollout", FailureType.ENDPOINT_UNAVAILABLE, "down", Instant.EPOCH),
            null,
            false));
    drift(false, false);
    assertThat(run(1).status().steps()).hasSize(5);
  }

  @Test
  void runningRun_isLeftAloneByDrift() {
    steward.start(Samples.request());

    drift(true, false);

    assertThat(run(1).status().steps()).isEmpty();
    assertThat(steward.status().nextNumber()).isEqualTo(2);
  }

  @Test
  void terminatedRun_isSucceededByOneThatResumesFromIt() {
    firstRun(rules(Duration.ZERO, 8));
    drift(true, false);
    PipelineRequest interrupted = steward.status().active().request();
    WorkflowStub.fromTyped(run(2)).terminate("machine gone");
    bed.steward.state("ModelPipeline:credit:2", new RunState(false, null, null, true));

    drift(false, false);

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

    drift(false, false);

    assertThat(steward.status().active()).isNull();
    assertThat(steward.status().champion().version()).isEqualTo(9);
  }

  @Test
  void longHistory_continuesAsNewWithEverythingKnown() {
    firstRun(rules(Duration.ZERO, 8));
    WorkflowStub stub = WorkflowStub.fromTyped(steward);
    String firstRunId = stub.describe().getExecution().getRunId();

    for (int i = 0; i < 2_100; i++) {
      steward.drift(seen(false, false));
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
