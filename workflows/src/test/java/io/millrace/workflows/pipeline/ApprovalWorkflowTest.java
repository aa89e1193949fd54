package io.millrace.workflows.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.workflows.Samples;
import io.millrace.workflows.TestBed;
import io.millrace.workflows.pipeline.ModelPipeline.ApprovalRequest;
import io.millrace.workflows.pipeline.PipelineOutcome.Result;
import io.millrace.workflows.port.gate.Verdict;
import io.millrace.workflows.port.notify.NotifyActivities;
import io.millrace.workflows.spec.GateSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ApprovalWorkflowTest {
  private final TestBed bed = new TestBed();

  @AfterEach
  void close() {
    bed.close();
  }

  private ModelPipeline waiting(int quorum) {
    bed.specs.spec(Samples.withApproval(quorum, Duration.ofDays(3)));
    ModelPipeline run = bed.started(Samples.numbered(1));
    bed.untilStage(run, "waiting-approval");
    return run;
  }

  private static ApprovalRequest says(String who, boolean accept) {
    return new ApprovalRequest(who, "risk-officer", accept, "looked at it");
  }

  @Test
  void approve_withYes_deploysAndKeepsWhoSaidSo() {
    ModelPipeline run = waiting(1);

    run.approve(says("ann", true));

    assertThat(TestBed.outcome(run).result()).isEqualTo(Result.DEPLOYED);
    assertThat(bed.audit.entries())
        .anySatisfy(
            entry -> {
              assertThat(entry.action()).isEqualTo("approve");
              assertThat(entry.who()).isEqualTo("ann");
              assertThat(entry.reason()).isEqualTo("looked at it");
            });
  }

  @Test
  void run_thatWaits_tellsWhatALinkIsMadeOf() {
    waiting(2);

    assertThat(bed.notify.sent())
        .filteredOn(sent -> sent.type().equals(NotifyActivities.WAITING_APPROVAL))
        .singleElement()
        .satisfies(
            sent -> {
              assertThat(sent.facts())
                  .containsEntry("workflow", "ModelPipeline:credit:1")
                  .containsEntry("role", "risk-officer")
                  .containsEntry("quorum", "2");
              assertThat(Instant.parse(sent.facts().get("expires")))
                  .isAfter(Instant.ofEpochMilli(bed.environment.currentTimeMillis()));
            });
  }

  @Test
  void approve_withNo_declines() {
    ModelPipeline run = waiting(2);

    run.approve(says("ann", false));
    PipelineOutcome outcome = TestBed.outcome(run);

    assertThat(outcome.result()).isEqualTo(Result.DECLINED);
    assertThat(outcome.sentence()).isEqualTo("ann declined: looked at it");
    assertThat(bed.registry.versions()).isZero();
  }

  @Test
  void approve_ofTwoPeople_isEnoughForAQuorumOfTwo() {
    ModelPipeline run = waiting(2);

    run.approve(says("ann", true));
    assertThat(run.status().stage()).isEqualTo("waiting-approval");
    run.approve(says("bob", true));

    assertThat(TestBed.outcome(run).result()).isEqualTo(Result.DEPLOYED);
    assertThat(bed.audit.actions()).contains("approve", "approval");
  }

  @Test
  void approve_ofTheSamePersonTwice_isRefused() {
    ModelPipeline run = waiting(2);
    run.approve(says("ann", true));

    assertThatThrownBy(() -> run.approve(says(" Ann", true)))
        .rootCause()
        .hasMessageContaining("who:  Ann (expected: somebody who has not answered yet)");
  }

  @Test
  void approve_inAnotherRole_isRefused() {
    ModelPipeline run = waiting(1);

    assertThatThrownBy(() -> run.approve(new ApprovalRequest("ann", "intern", true, "why not")))
        .rootCause()
        .hasMessageContaining("role: intern (expected: risk-officer)");
  }

  @Test
  void approve_withTheExampleAsItStands_isRefused() {
    ModelPipeline run = waiting(1);

    assertThatThrownBy(() -> run.approve(says("<you>", true)))
        .rootCause()
        .hasMessageContaining("who: <you> (expected: your own words in its place)");
  }

  @Test
  void details_whileItWaits_holdTheGatesAndTheUpdateToSend() {
    ModelPipeline run = waiting(1);

    Verdict verdict =
        new Verdict.Accepted("roc-auc", GateSpec.Severity.BLOCK, null, 0.7, "0.78 is | enough");
    assertThat(Details.of(run.status(), List.of(verdict)))
        .contains(
            "**Waits for approval** by 1 × `risk-officer`",
            "  \"role\": \"risk-officer\",\n  \"accept\": true,\n",
            "| roc-auc | accepted | 0.78 is \\| enough |");
  }

  @Test
  void approve_ofARunThatDoesNotWait_isRefused() {
    bed.data.breakDown(
        "ingest", io.millrace.workflows.failure.FailureType.SOURCE_UNAVAILABLE, "down");
    ModelPipeline run = bed.started(Samples.numbered(1));
    bed.untilStage(run, "suspended");

    assertThatThrownBy(() -> run.approve(says("ann", true)))
        .rootCause()
        .hasMessageContaining(
            "approve: credit-1 (expected: a run that waits for approval; this one is in stage"
                + " suspended)");
  }

  @Test
  void approval_thatNobodyGives_expires() {
    ModelPipeline run = waiting(2);
    run.approve(says("ann", true));

    PipelineOutcome outcome = TestBed.outcome(run);

    assertThat(outcome.result()).isEqualTo(Result.DECLINED);
    assertThat(outcome.sentence()).isEqualTo("1 of 2 approvals by risk-officer came within 3 d");
  }
}
