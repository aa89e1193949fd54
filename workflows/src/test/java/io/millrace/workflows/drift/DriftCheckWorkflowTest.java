package io.millrace.workflows.drift;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.workflows.Samples;
import io.millrace.workflows.TestBed;
import io.millrace.workflows.drift.DriftCheck.DriftCheckRequest;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.port.alert.AlertActivities.JudgeRequest;
import io.millrace.workflows.port.alert.AlertActivities.ToldRequest;
import io.millrace.workflows.port.watch.WatchActivities.DriftRequest;
import io.millrace.workflows.port.watch.WatchActivities.State;
import io.temporal.client.WorkflowFailedException;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DriftCheckWorkflowTest {
  private static final Instant AT = Instant.parse("2026-03-01T12:00:00Z");
  private final TestBed bed = new TestBed();

  @AfterEach
  void close() {
    bed.close();
  }

  private void check() {
    bed.client()
        .newWorkflowStub(DriftCheck.class, bed.at("DriftCheck:credit"))
        .run(new DriftCheckRequest("credit", AT, Samples.spec().watch().receivers()));
  }

  private DriftSummary told() {
    return bed.steward.calls("drift", DriftSummary.class).get(0);
  }

  @Test
  void drift_isJudgedAndToldToTheStewardWithWhatTheAlertsKnow() {
    bed.watch.answer(
        State.DRIFTED,
        List.of(DriftCheckWorkflows.window(), DriftCheckWorkflows.window(false, "BILL")));
    bed.alerts.made(AT.minusSeconds(60));

    check();

    assertThat(told().drifted()).isTrue();
    assertThat(told().columns()).containsExactly("BILL", "LIMIT");
    assertThat(told().made()).isEqualTo(AT.minusSeconds(60));
    assertThat(told().rows()).isEqualTo(7);
    assertThat(bed.watch.calls("check", DriftRequest.class).get(0).key())
        .isEqualTo("2026-03-01T12:00:00Z");
    assertThat(bed.alerts.calls("judge"))
        .containsExactly(new JudgeRequest("credit", AT, "2026-03-01T12:00:00Z", null));
  }

  @Test
  void notices_areDeliveredOnce() {
    bed.alerts.notice("credit", "drift", false);
    bed.alerts.notice("credit", "quality", true);

    check();
    check();

    assertThat(bed.notify.types())
        .containsExactly("io.millrace.drift", "io.millrace.quality.recovered");
    assertThat(bed.notify.sent().get(0).key()).isEqualTo("credit-drift-1-opened");
    assertThat(bed.notify.sent().get(0).facts())
        .containsEntry("alert", "drift-1")
        .containsEntry("state", "opened");
    assertThat(bed.notify.calls("send")).hasSize(2);
    assertThat(bed.alerts.calls("told"))
        .containsExactly(
            new ToldRequest("credit", List.of("drift-1-opened", "quality-1-recovered")));
  }

  @Test
  void notice_thatCouldNotBeDelivered_isToldByTheNextCheckUnderTheSameId() {
    bed.alerts.notice("credit", "drift", false);
    bed.notify.breakDown("send", FailureType.NOTIFY_FAILED, "receiver: down");
    check();
    assertThat(told().state()).as("the steward hears all the same").isEqualTo("STABLE");
    assertThat(bed.alerts.calls("told")).isEmpty();

    bed.notify.mend("send");
    check();

    assertThat(bed.notify.sent()).extracting(n -> n.key()).containsExactly("credit-drift-1-opened");
    assertThat(bed.alerts.calls("told")).hasSize(1);
  }

  @Test
  void stable_isToldToTheStewardOnly() {
    check();

    assertThat(told().drifted()).isFalse();
    assertThat(bed.notify.sent()).isEmpty();
  }

  @Test
  void brokenQuality_isToldToTheSteward() {
    bed.watch.answer(State.STABLE, List.of(DriftCheckWorkflows.window(true, "LIMIT")));

    check();

    assertThat(told().qualityBroken()).isTrue();
  }

  @Test
  void noModel_isToldToTheSteward() {
    bed.watch.answer(State.NO_MODEL, List.of());

    check();

    assertThat(bed.notify.sent()).isEmpty();
    assertThat(told().state()).isEqualTo("NO_MODEL");
  }

  @Test
  void alerts_thatCannotBeJudged_keepNothingFromTheSteward() {
    bed.alerts.breakDown("judge", FailureType.STORE_UNAVAILABLE, "store: down");
    bed.watch.answer(State.DRIFTED, List.of(DriftCheckWorkflows.window()));

    check();

    assertThat(told().drifted()).isTrue();
    assertThat(told().made()).isNull();
  }

  @Test
  void check_thatFails_isJudgedAndStillTellsTheSteward() {
    bed.watch.breakDown("check", FailureType.STORE_UNAVAILABLE, "store: down");
    bed.alerts.notice("credit", "check", false);

    assertThatThrownBy(this::check).isInstanceOf(WorkflowFailedException.class);

    assertThat(told().state()).isEqualTo("FAILED");
    assertThat(told().drifted()).isFalse();
    assertThat(bed.alerts.calls("judge", JudgeRequest.class).get(0).failure())
        .isEqualTo("the check failed: store: down");
    assertThat(bed.notify.types()).containsExactly("io.millrace.check");
  }
}
