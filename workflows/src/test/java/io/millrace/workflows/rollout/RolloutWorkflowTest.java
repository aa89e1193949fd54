package io.millrace.workflows.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.workflows.Samples;
import io.millrace.workflows.TestBed;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.port.deploy.DeployActivities.LeaveRequest;
import io.millrace.workflows.port.deploy.DeployActivities.ObserveRequest;
import io.millrace.workflows.port.deploy.DeployActivities.PrepareRequest;
import io.millrace.workflows.port.deploy.DeployActivities.ShiftRequest;
import io.millrace.workflows.port.deploy.DeployActivities.VersionTraffic;
import io.millrace.workflows.port.deploy.FakeDeploy;
import io.millrace.workflows.ref.ModelRef;
import io.millrace.workflows.rollout.Rollout.AbortRequest;
import io.millrace.workflows.rollout.Rollout.RolloutOutcome;
import io.millrace.workflows.rollout.Rollout.RolloutRequest;
import io.millrace.workflows.spec.DeploymentSpec;
import io.millrace.workflows.spec.DeploymentSpec.RolloutSpec;
import io.millrace.workflows.spec.DeploymentSpec.ShadowSpec;
import io.millrace.workflows.spec.TargetSpec;
import io.temporal.api.history.v1.ActivityTaskScheduledEventAttributes;
import io.temporal.api.history.v1.HistoryEvent;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowFailedException;
import io.temporal.client.WorkflowStub;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RolloutWorkflowTest {
  private static final ModelRef ONE = new ModelRef("credit", 1, Samples.DIGEST);
  private static final ModelRef TWO = new ModelRef("credit", 2, Samples.DIGEST);
  private static final TargetSpec DOCKER =
      new TargetSpec(
          null, null, new TargetSpec.Docker(0, "127.0.0.1", "384MB", 1), null, null, null);
  private final TestBed bed = new TestBed();

  @BeforeEach
  void versionOneServes() {
    bed.deploy.prepare(
        new PrepareRequest("credit", ONE, Samples.spec().deployment().target(), "before"));
  }

  @AfterEach
  void close() {
    bed.close();
  }

  private Rollout stub() {
    return bed.client().newWorkflowStub(Rollout.class, bed.at("Rollout:credit:k"));
  }

  /**
   * Virtual time between the history's first and last event: the server's clock runs on after it.
   */
  private Duration took() {
    List<HistoryEvent> events = bed.client().fetchHistory("Rollout:credit:k").getEvents();
    return Duration.between(at(events.getFirst()), at(events.getLast()));
  }

  private static Instant at(HistoryEvent event) {
    return Instant.ofEpochSecond(
        event.getEventTime().getSeconds(), event.getEventTime().getNanos());
  }

  private static RolloutRequest request(@Nullable ModelRef from) {
    return new RolloutRequest(
        "credit", TWO, from, Samples.spec().deployment(), "k", "drift", "steward");
  }

  private static RolloutRequest shadowed() {
    RolloutSpec rules = Samples.spec().deployment().rollout();
    DeploymentSpec deployment =
        new DeploymentSpec(
            Samples.spec().deployment().target(),
            new RolloutSpec(
                rules.steps(),
                rules.bake(),
                rules.minRequests(),
                rules.rollbackOn(),
                new ShadowSpec(0.5, Duration.ofMinutes(5))));
    return new RolloutRequest("credit", TWO, ONE, deployment, "k", "drift", "steward");
  }

  private static RolloutRequest moving(@Nullable ModelRef from) {
    DeploymentSpec deployment = new DeploymentSpec(DOCKER, Samples.spec().deployment().rollout());
    return new RolloutRequest("credit", TWO, from, deployment, "k", "spec", "ann");
  }

  private void twoSees(VersionTraffic traffic) {
    bed.deploy.traffic(version -> version == 2 ? traffic : FakeDeploy.good(version));
  }

  @Test
  void first_goesStraightToAllTraffic() {
    RolloutOutcome outcome = stub().run(request(null));

    assertThat(outcome.promoted()).isTrue();
    assertThat(outcome.url()).endsWith("/v2/models/credit");
    assertThat(bed.deploy.shifts()).containsExactly(Map.of(2, 1.0));
  }

  @Test
  void good_isPromotedStepByStepAfterItsBake() {

    RolloutOutcome outcome = stub().run(request(ONE));

    assertThat(outcome.promoted()).isTrue();
    assertThat(outcome.steps())
        .extracting(Rollout.StepResult::weight)
        .containsExactly(0.1, 0.5, 1.0);
    assertThat(took()).isGreaterThanOrEqualTo(Duration.ofMinutes(30));
    assertThat(bed.audit.actions()).containsExactly("rollout");
  }

  @Test
  void shiftsAndLooks_areNotMissedForLong_whenTheirWorkerDies() {
    stub().run(request(ONE));

    List<ActivityTaskScheduledEventAttributes> scheduled =
        bed.client().fetchHistory("Rollout:credit:k").getEvents().stream()
            .filter(HistoryEvent::hasActivityTaskScheduledEventAttributes)
            .map(HistoryEvent::getActivityTaskScheduledEventAttributes)
            .filter(
                a -> Set.of("DeployShift", "DeployObserve").contains(a.getActivityType().getName()))
            .toList();
    assertThat(scheduled)
        .extracting(a -> a.getActivityType().getName())
        .contains("DeployShift", "DeployObserve");
    assertThat(scheduled).allMatch(a -> a.getHeartbeatTimeout().getSeconds() == 15);
  }

  @Test
  void versions_beforeThePreviousOne_areRetired() {
    bed.deploy.prepare(
        new PrepareRequest(
            "credit",
            new ModelRef("credit", 7, Samples.DIGEST),
            Samples.spec().deployment().target(),
            "old"));

    stub().run(request(ONE));

    assertThat(bed.deploy.ready()).containsExactly(1, 2);
  }

  @Test
  void errors_goBackInTheFirstMinute() {
    twoSees(new VersionTraffic(2, 300, 200, 1.0, 4.0, 0.0));

    RolloutOutcome outcome = stub().run(request(ONE));

    assertThat(outcome.promoted()).isFalse();
    assertThat(outcome.sentence()).startsWith("back to credit@1: errors: 200 of 300");
    assertThat(bed.deploy.current()).isEqualTo(Map.of(1, 1.0));
    assertThat(bed.deploy.ready()).containsExactly(1);
    assertThat(took()).isLessThan(Duration.ofMinutes(1));
    assertThat(bed.audit.actions()).containsExactly("rollback");
  }

  @Test
  void latency_goesBack() {
    twoSees(new VersionTraffic(2, 1000, 0, 5.0, 40.0, 0.0));

    assertThat(stub().run(request(ONE)).sentence()).contains("latency: p99 40.0 ms");
  }

  @Test
  void scoreShift_goesBack() {
    twoSees(new VersionTraffic(2, 1000, 0, 1.0, 4.0, 0.6));

    assertThat(stub().run(request(ONE)).sentence()).contains("score-shift: PSI 0.60");
  }

  @Test
  void fewRequests_thatAllFail_areEnoughAtTheEndOfTheBakeOnly() {
    twoSees(new VersionTraffic(2, 9, 9, 1.0, 4.0, null));

    RolloutOutcome outcome = stub().run(request(ONE));

    // fewer than ten say nothing
    assertThat(outcome.promoted()).isTrue();
    assertThat(outcome.steps().getFirst().sentence()).contains("fewer than the 500 asked for");
  }

  @Test
  void shadow_thatErrs_endsBeforeAnybodySeesItsAnswers() {
    twoSees(new VersionTraffic(2, 300, 200, 1.0, 4.0, 0.0));

    RolloutOutcome outcome = stub().run(shadowed());

    assertThat(outcome.promoted()).isFalse();
    assertThat(outcome.steps()).hasSize(1);
    assertThat(outcome.steps().getFirst().shadow()).isEqualTo(0.5);
    assertThat(bed.deploy.calls("shift", ShiftRequest.class))
        .extracting(ShiftRequest::shadows)
        .containsExactly(Map.of(2, 0.5), null);
    assertThat(bed.deploy.shifts()).allMatch(weights -> weights.equals(Map.of(1, 1.0)));
    assertThat(bed.deploy.calls("observe", ObserveRequest.class))
        .allMatch(look -> Integer.valueOf(2).equals(look.shadow()));
  }

  @Test
  void shadow_thatIsGood_comesBeforeTheSteps() {
    RolloutOutcome outcome = stub().run(shadowed());

    assertThat(outcome.promoted()).isTrue();
    assertThat(outcome.steps())
        .extracting(Rollout.StepResult::weight)
        .containsExactly(0.0, 0.1, 0.5, 1.0);
  }

  @Test
  void move_leavesTheOldPlaceOnlyWhenTheBakeIsOver() {
    RolloutOutcome outcome = stub().run(moving(ONE));

    assertThat(outcome.promoted()).isTrue();
    assertThat(outcome.url()).startsWith("http://docker:");
    assertThat(outcome.steps()).hasSize(1);
    assertThat(bed.deploy.places()).containsExactly("docker");
    assertThat(took()).isGreaterThanOrEqualTo(Duration.ofMinutes(10));
  }

  @Test
  void move_toAPlaceThatErrs_goesBackToTheOldOne() {
    twoSees(new VersionTraffic(2, 300, 200, 1.0, 4.0, 0.0));

    RolloutOutcome outcome = stub().run(moving(ONE));

    assertThat(outcome.promoted()).isFalse();
    assertThat(outcome.url()).startsWith("http://local:");
    assertThat(bed.deploy.places()).containsExactly("local");
    assertThat(bed.deploy.current()).isEqualTo(Map.of(1, 1.0));
  }

  @Test
  void move_thatCannotBePrepared_leavesNothingThere() {
    bed.deploy.breakDown("prepare", FailureType.CONFIG_INVALID, "docker: no engine");

    assertThatThrownBy(() -> stub().run(moving(ONE)))
        .isInstanceOf(WorkflowFailedException.class)
        .rootCause()
        .hasMessageContaining("docker: no engine");
    assertThat(bed.deploy.calls("leave", LeaveRequest.class))
        .extracting(LeaveRequest::target)
        .containsExactly("docker");
    assertThat(bed.deploy.shifts()).isEmpty();
  }

  @Test
  void rollback_staysWhereTheEndpointLives_whateverTheSpecSays() {
    DeploymentSpec elsewhere = new DeploymentSpec(DOCKER, Samples.spec().deployment().rollout());

    stub().run(new RolloutRequest("credit", TWO, null, elsewhere, "k", "complaints", "ann", true));

    assertThat(bed.deploy.places()).containsExactly("local");
    assertThat(bed.deploy.current()).isEqualTo(Map.of(2, 1.0));
  }

  @Test
  void shift_whoseOutcomeIsUnknown_isLookedAtBeforeItIsTriedAgain() {
    bed.deploy.fail("shift", 1, FailureType.DEPLOY_STATE_UNKNOWN, "alias: no answer");

    RolloutOutcome outcome = stub().run(request(ONE));

    assertThat(outcome.promoted()).isTrue();
    assertThat(bed.deploy.calls("reconcile")).hasSize(1);
    assertThat(bed.deploy.calls("shift", ShiftRequest.class))
        .extracting(ShiftRequest::key)
        .startsWith("k-1000", "k-1000");
  }

  @Test
  void shift_whoseOutcomeStaysUnknown_goesBack() {
    bed.deploy.fail("shift", 3, FailureType.DEPLOY_STATE_UNKNOWN, "alias: no answer");

    assertThatThrownBy(() -> stub().run(request(ONE)))
        .isInstanceOf(WorkflowFailedException.class)
        .rootCause()
        .hasMessageContaining("alias: no answer");
    assertThat(bed.deploy.current()).isEqualTo(Map.of(1, 1.0));
  }

  @Test
  void prepare_thatFails_unloadsWhatIsThereOfTheNewVersion() {
    bed.deploy.breakDown("prepare", FailureType.CONFIG_INVALID, "steps: not here");

    assertThatThrownBy(() -> stub().run(request(ONE)))
        .isInstanceOf(WorkflowFailedException.class)
        .rootCause()
        .hasMessageContaining("steps: not here");
    assertThat(bed.deploy.calls("retire")).hasSize(1);
    assertThat(bed.deploy.shifts()).isEmpty();
  }

  @Test
  void abort_goesBackAtOnce() {
    Rollout rollout = stub();
    WorkflowClient.start(rollout::run, request(ONE));
    bed.until(() -> rollout.status().weight() > 0, "the first step");

    rollout.abort(new AbortRequest("ann", "looks odd"));

    RolloutOutcome outcome = WorkflowStub.fromTyped(rollout).getResult(RolloutOutcome.class);
    assertThat(outcome.promoted()).isFalse();
    assertThat(outcome.sentence()).isEqualTo("back to credit@1: aborted by ann: looks odd");
    assertThat(bed.deploy.current()).isEqualTo(Map.of(1, 1.0));
  }

  @Test
  void cancel_goesBackBeforeItEnds() {
    Rollout rollout = stub();
    WorkflowClient.start(rollout::run, request(ONE));
    bed.until(() -> rollout.status().weight() > 0, "the first step");

    WorkflowStub.fromTyped(rollout).cancel();

    assertThatThrownBy(() -> WorkflowStub.fromTyped(rollout).getResult(RolloutOutcome.class))
        .isInstanceOf(WorkflowFailedException.class);
    assertThat(bed.deploy.current()).isEqualTo(Map.of(1, 1.0));
  }

  @Test
  void observation_thatFails_goesBackAndFails() {
    bed.deploy.breakDown("observe", FailureType.ENDPOINT_UNAVAILABLE, "server: no answer");

    assertThatThrownBy(() -> stub().run(request(ONE)))
        .isInstanceOf(WorkflowFailedException.class)
        .rootCause()
        .hasMessageContaining("server: no answer");
    assertThat(bed.deploy.current()).isEqualTo(Map.of(1, 1.0));
  }

  @Test
  void wayBack_isTriedUntilItWorks() {
    twoSees(new VersionTraffic(2, 300, 200, 1.0, 4.0, 0.0));
    bed.deploy.traffic(
        version -> {
          if (version == 2) {
            bed.deploy.fail("shift", 30, FailureType.STORE_UNAVAILABLE, "store: down");
            return new VersionTraffic(2, 300, 200, 1.0, 4.0, 0.0);
          }
          return FakeDeploy.good(version);
        });

    assertThat(stub().run(request(ONE)).promoted()).isFalse();
    assertThat(bed.deploy.current()).isEqualTo(Map.of(1, 1.0));
  }
}
