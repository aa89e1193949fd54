package io.millrace.workflows.steward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.workflows.Samples;
import io.millrace.workflows.TestBed;
import io.millrace.workflows.drift.DriftSummary;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.pipeline.PipelineOutcome;
import io.millrace.workflows.port.notify.NotifyActivities.Notification;
import io.millrace.workflows.port.registry.RegistryActivities.PointRequest;
import io.millrace.workflows.port.steward.StewardActivities.Aborted;
import io.millrace.workflows.ref.ModelRef;
import io.millrace.workflows.rollout.Rollout;
import io.millrace.workflows.steward.ModelSteward.RollbackRequest;
import io.millrace.workflows.steward.ModelSteward.RolledBack;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowStub;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RollbackWorkflowTest {
  private final TestBed bed = new TestBed();
  private ModelSteward steward;

  /**
   * After the deployments: waiting for a run's end skips time as far as the next timer, which for a
   * steward that waits is its run's own end.
   */
  private void start() {
    steward = bed.client().newWorkflowStub(ModelSteward.class, bed.at("ModelSteward:credit"));
    WorkflowClient.start(steward::run, StewardState.fresh("credit"));
  }

  @AfterEach
  void close() {
    bed.close();
  }

  private void deploy(int number) {
    bed.specs.spec(Samples.withoutBakes());
    bed.pipeline(number).run(Samples.numbered(number));
    assertThat(bed.registry.champion().version()).isEqualTo(number);
  }

  private RolledBack rollback(@Nullable Integer to) {
    return steward.rollback(new RollbackRequest(to, "ann", "complaints"));
  }

  @Test
  void rollback_givesAllTrafficToTheVersionBeforeAndSaysSo() {
    deploy(1);
    deploy(2);
    start();

    RolledBack done = rollback(null);

    assertThat(done.to().version()).isEqualTo(1);
    assertThat(done.from()).containsExactly(2);
    assertThat(done.changed()).isTrue();
    assertThat(done.sentence()).isEqualTo("credit@1 has all traffic instead of version 2");
    assertThat(bed.deploy.current()).isEqualTo(Map.of(1, 1.0));
    assertThat(bed.registry.champion().version()).isEqualTo(1);
    assertThat(bed.registry.entries().getLast().reason()).isEqualTo("complaints (ann)");
    assertThat(bed.audit.actions()).endsWith("rollout", "rollback");
    assertThat(steward.status().champion().version()).isEqualTo(1);
    assertThat(steward.status().rollback().who()).isEqualTo("ann");
    bed.until(
        () ->
            bed.notify.calls("send", Notification.class).stream()
                .anyMatch(n -> n.type().equals("io.millrace.model.rolled-back")),
        "the message");
  }

  @Test
  void rollback_toWhatServesAlready_changesNothing() {
    deploy(1);
    deploy(2);
    start();
    int shifts = bed.deploy.shifts().size();

    assertThat(rollback(2).changed()).isFalse();

    assertThat(bed.deploy.shifts()).hasSize(shifts);
    assertThat(bed.registry.entries()).hasSize(2);
    assertThat(bed.audit.actions()).doesNotContain("rollback");
  }

  @Test
  void rollback_twice_isOneRollout() {
    deploy(1);
    deploy(2);
    start();

    assertThat(rollback(1).changed()).isTrue();
    assertThat(rollback(1).changed()).isFalse();

    assertThat(bed.registry.entries()).hasSize(3);
  }

  @Test
  void rollback_whileARolloutIsUnderWay_abortsItAndKeepsTheChampion() {
    start();
    steward.start(Samples.request());
    bed.until(() -> steward.status().active() == null, "the first run's end");
    bed.steward.abort(
        request -> {
          Rollout rollout =
              bed.client().newWorkflowStub(Rollout.class, "Rollout:credit:credit-2-1");
          if (closed(rollout)) {
            return new Aborted(false, true);
          }
          rollout.abort(new Rollout.AbortRequest(request.who(), request.reason()));
          while (!closed(rollout)) {
            Thread.onSpinWait();
          }
          return new Aborted(true, true);
        });
    steward.start(Samples.request());
    bed.until(() -> bed.deploy.current().containsKey(2), "traffic of version 2");

    RolledBack done = rollback(null);

    assertThat(done.to().version()).isEqualTo(1);
    assertThat(done.from()).containsExactly(2);
    assertThat(done.changed()).isTrue();
    assertThat(bed.deploy.current()).isEqualTo(Map.of(1, 1.0));
    assertThat(bed.registry.champion().version()).isEqualTo(1);
    bed.until(() -> steward.status().active() == null, "the run's end");
    PipelineOutcome outcome = steward.status().history().getLast();
    assertThat(outcome.result()).isEqualTo(PipelineOutcome.Result.ROLLED_BACK);
    assertThat(outcome.sentence()).contains("aborted by ann: rollback: complaints");
    assertThat(steward.status().champion().version()).isEqualTo(1);
  }

  private static boolean closed(Rollout rollout) {
    return WorkflowStub.fromTyped(rollout).describe().getCloseTime() != null;
  }

  @Test
  void rollback_toAVersionThatIsNotThere_isRefusedWithoutATouch() {
    deploy(1);
    start();

    assertThatThrownBy(() -> rollback(7))
        .satisfies(
            failure -> {
              assertThat(Failures.typeOf(failure)).contains(FailureType.NOT_FOUND);
              assertThat(Failures.sentence(failure.getCause()))
                  .isEqualTo("to: 7 (expected: a version)");
            });
    assertThatThrownBy(() -> rollback(null))
        .satisfies(
            failure -> assertThat(Failures.typeOf(failure)).contains(FailureType.REQUEST_INVALID));
    assertThat(bed.deploy.current()).isEqualTo(Map.of(1, 1.0));
  }

  @Test
  void rollback_withoutAReason_isRefusedByTheValidator() {
    start();
    assertThatThrownBy(() -> steward.rollback(new RollbackRequest(null, "ann", " ")))
        .satisfies(
            failure -> {
              assertThat(Failures.typeOf(failure)).contains(FailureType.REQUEST_INVALID);
              assertThat(Failures.sentence(failure.getCause()))
                  .isEqualTo("reason: nothing (expected: some text, for the audit log)");
            });
  }

  @Test
  void rollback_ofAnEndpointThatDoesNotAnswer_failsAndLeavesTheChampion() {
    deploy(1);
    deploy(2);
    start();
    bed.deploy.breakDown("shift", FailureType.ENDPOINT_UNAVAILABLE, "server: down (expected: up)");

    assertThatThrownBy(() -> rollback(null))
        .satisfies(
            failure ->
                assertThat(Failures.typeOf(failure)).contains(FailureType.ENDPOINT_UNAVAILABLE));
    assertThat(bed.registry.champion().version()).isEqualTo(2);

    bed.deploy.mend("shift");
    assertThat(rollback(null).changed()).isTrue();
    assertThat(bed.deploy.current()).isEqualTo(Map.of(1, 1.0));
  }

  @Test
  void rollback_whileTheReceiverIsDown_isAnsweredAllTheSame() {
    deploy(1);
    deploy(2);
    start();
    bed.notify.breakDown("send", FailureType.NOTIFY_FAILED, "hook: down (expected: up)");

    assertThat(rollback(null).changed()).isTrue();
  }

  @Test
  void championThatWasMovedWithoutTheSteward_isLearntAtTheNextCheck() {
    deploy(1);
    deploy(2);
    start();
    ModelRef one = new ModelRef("credit", 1, bed.registry.champion().digest());
    bed.registry.point(new PointRequest("credit", "champion", one, "rollback-2-direct", "by hand"));

    steward.drift(
        new DriftSummary(
            "credit", "STABLE", false, false, List.of(), Instant.EPOCH, "nothing drifted"));

    bed.until(() -> steward.status().champion() != null, "the champion");
    assertThat(steward.status().champion()).isEqualTo(one);
  }
}
