package io.millrace.workflows.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.workflows.Samples;
import io.millrace.workflows.TestBed;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.pipeline.ModelPipeline.ResumeRequest;
import io.millrace.workflows.pipeline.ModelPipeline.ResumeRequest.Action;
import io.millrace.workflows.pipeline.PipelineOutcome.Result;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SuspensionWorkflowTest {
  private final TestBed bed = new TestBed();

  @AfterEach
  void close() {
    bed.close();
  }

  private ModelPipeline suspendedAtIngest() {
    bed.data.breakDown("ingest", FailureType.SOURCE_UNAVAILABLE, "host: down (expected: up)");
    ModelPipeline run = bed.started(Samples.numbered(1));
    bed.untilStage(run, "suspended");
    return run;
  }

  private static ResumeRequest say(Action action) {
    return new ResumeRequest(action, "ann", "because");
  }

  @Test
  void ingest_outOfRetries_suspendsTheRunAndTellsWhy() {
    ModelPipeline run = suspendedAtIngest();

    PipelineStatus status = run.status();
    assertThat(status.suspension()).isNotNull();
    assertThat(status.suspension().step()).isEqualTo("ingest");
    assertThat(status.suspension().type()).isEqualTo(FailureType.SOURCE_UNAVAILABLE);
    assertThat(status.suspension().message()).isEqualTo("host: down (expected: up)");
    assertThat(bed.notify.types()).containsExactly("io.millrace.run.suspended");
    assertThat(bed.schedules.calls("ensureDrift")).hasSize(1);
  }

  @Test
  void resume_withRetry_goesOnWhereItStopped() {
    ModelPipeline run = suspendedAtIngest();
    int tries = bed.data.calls("ingest").size();
    bed.data.mend("ingest");

    run.resume(say(Action.RETRY));
    PipelineOutcome outcome = TestBed.outcome(run);

    assertThat(outcome.result()).isEqualTo(Result.DEPLOYED);
    assertThat(bed.data.calls("ingest")).hasSize(tries + 1);
    assertThat(bed.specs.calls("resolve")).hasSize(1);
    assertThat(bed.audit.actions()).containsExactly("resume", "gate", "rollout");
  }

  @Test
  void resume_bySignalOfTheSteward_goesOnToo() {
    ModelPipeline run = suspendedAtIngest();
    bed.data.mend("ingest");

    run.resumeSuspended(new ResumeRequest(Action.RETRY, "schedule", null));

    assertThat(TestBed.outcome(run).result()).isEqualTo(Result.DEPLOYED);
  }

  @Test
  void resume_withRetryTooEarly_suspendsAgain() {
    ModelPipeline run = suspendedAtIngest();

    run.resume(say(Action.RETRY));
    bed.until(() -> bed.notify.sent().size() == 2, "second suspension");

    assertThat(run.status().stage()).isEqualTo("suspended");
  }

  @Test
  void resume_withSkipOfAStepTheRestNeeds_isRefused() {
    ModelPipeline run = suspendedAtIngest();

    assertThatThrownBy(() -> run.resume(say(Action.SKIP)))
        .rootCause()
        .hasMessageContaining("action: SKIP (expected: RETRY or FAIL; the rest needs step ingest)");
    assertThat(run.status().stage()).isEqualTo("suspended");
  }

  @Test
  void resume_withSkipOfTheReport_endsDeployedWithoutOne() {
    bed.reports.breakDown("write", FailureType.STORE_UNAVAILABLE, "store: full");
    ModelPipeline run = bed.started(Samples.numbered(1));
    bed.untilStage(run, "suspended");

    run.resume(say(Action.SKIP));
    PipelineOutcome outcome = TestBed.outcome(run);

    assertThat(outcome.result()).isEqualTo(Result.DEPLOYED);
    assertThat(outcome.report()).isNull();
  }

  @Test
  void resume_withFail_endsFailedAndTellsTheSteward() {
    ModelPipeline run = suspendedAtIngest();

    run.resume(say(Action.FAIL));
    PipelineOutcome outcome = TestBed.outcome(run);

    assertThat(outcome.result()).isEqualTo(Result.FAILED);
    assertThat(outcome.failure()).isEqualTo(FailureType.SOURCE_UNAVAILABLE);
    assertThat(outcome.sentence()).contains("ended by ann");
    assertThat(bed.steward.calls("finished")).hasSize(1);
  }

  @Test
  void suspension_thatNobodyEnds_failsAfterItsTime() {
    ModelPipeline run = suspendedAtIngest();

    PipelineOutcome outcome = TestBed.outcome(run);

    assertThat(outcome.result()).isEqualTo(Result.FAILED);
    assertThat(outcome.sentence()).contains("nobody resumed it in 7 d");
    assertThat(outcome.report()).isEqualTo("/store/runs/credit-1/report.html");
  }

  @Test
  void resume_ofARunThatIsNotSuspended_saysItsStage() {
    bed.specs.spec(Samples.withApproval(1, java.time.Duration.ofDays(3)));
    ModelPipeline run = bed.started(Samples.numbered(1));
    bed.untilStage(run, "waiting-approval");

    assertThatThrownBy(() -> run.resume(say(Action.RETRY)))
        .rootCause()
        .hasMessageContaining(
            "resume: credit-1 (expected: a suspended run; this one is in stage waiting-approval)");
  }

  @Test
  void inputFailure_endsTheRunAtOnce() {
    bed.data.breakDown("ingest", FailureType.DATA_INVALID, "rows: 0 (expected: > 0)");

    PipelineOutcome outcome = bed.pipeline(1).run(Samples.numbered(1));

    assertThat(outcome.result()).isEqualTo(Result.FAILED);
    assertThat(outcome.failure()).isEqualTo(FailureType.DATA_INVALID);
    assertThat(outcome.sentence()).isEqualTo("ingest: rows: 0 (expected: > 0)");
    assertThat(bed.data.calls("ingest")).hasSize(1);
    assertThat(bed.reports.calls("write")).hasSize(1);
    assertThat(bed.steward.calls("finished")).hasSize(1);
  }

  @Test
  void defect_endsTheRunAtOnce() {
    bed.gate.breakDown("evaluate", FailureType.STORE_CORRUPT, "digest: other");

    PipelineOutcome outcome = bed.pipeline(1).run(Samples.numbered(1));

    assertThat(outcome.failure()).isEqualTo(FailureType.STORE_CORRUPT);
  }

  @Test
  void invalidSpec_failsWithoutAReport() {
    bed.specs.breakDown("resolve", FailureType.CONFIG_INVALID, "model: null");

    PipelineOutcome outcome = bed.pipeline(1).run(Samples.request());

    assertThat(outcome.failure()).isEqualTo(FailureType.CONFIG_INVALID);
    assertThat(outcome.report()).isNull();
    assertThat(bed.steward.calls("finished")).isEmpty();
  }

  @Test
  void admissionRefused_failsWithoutTouchingAnything() {
    bed.steward.breakDown("admit", FailureType.RUN_IN_PROGRESS, "run: other is under way");

    PipelineOutcome outcome = bed.pipeline(1).run(Samples.request());

    assertThat(outcome.failure()).isEqualTo(FailureType.RUN_IN_PROGRESS);
    assertThat(bed.data.calls("ingest")).isEmpty();
  }

  @Test
  void notification_thatFails_neverFailsTheRun() {
    bed.notify.breakDown("send", FailureType.NOTIFY_FAILED, "webhook: 500");

    assertThat(bed.pipeline(1).run(Samples.numbered(1)).result()).isEqualTo(Result.DEPLOYED);
  }
}
