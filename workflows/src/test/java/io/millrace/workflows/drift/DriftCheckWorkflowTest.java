package io.millrace.workflows.drift;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.workflows.Samples;
import io.millrace.workflows.TestBed;
import io.millrace.workflows.drift.DriftCheck.DriftCheckRequest;
import io.millrace.workflows.failure.FailureType;
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
  void drift_isReportedToPeopleAndSteward() {
    bed.watch.answer(
        State.DRIFTED,
        List.of(DriftCheckWorkflows.window(), DriftCheckWorkflows.window(false, "BILL")));

    check();

    assertThat(told().drifted()).isTrue();
    assertThat(told().columns()).containsExactly("BILL", "LIMIT");
    assertThat(bed.notify.types()).containsExactly("io.millrace.drift");
    assertThat(bed.watch.calls("check", DriftRequest.class).get(0).key())
        .isEqualTo("2026-03-01T12:00:00Z");
  }

  @Test
  void stable_isToldToTheStewardOnly() {
    check();

    assertThat(told().drifted()).isFalse();
    assertThat(bed.notify.sent()).isEmpty();
  }

  @Test
  void brokenQuality_alerts() {
    bed.watch.answer(State.STABLE, List.of(DriftCheckWorkflows.window(true, "LIMIT")));

    check();

    assertThat(told().qualityBroken()).isTrue();
    assertThat(bed.notify.types()).containsExactly("io.millrace.quality");
  }

  @Test
  void noData_isNoAlert() {
    bed.watch.answer(State.NO_DATA, List.of());

    check();

    assertThat(bed.notify.types()).isEmpty();
  }

  @Test
  void dataThatStoppedComing_alerts() {
    bed.watch.answer(State.NO_DATA, List.of());
    bed.watch.silent(Instant.parse("2026-03-01T12:00:00Z"));

    check();

    assertThat(bed.notify.types()).containsExactly("io.millrace.no-data");
  }

  @Test
  void noModel_isNoAlert() {
    bed.watch.answer(State.NO_MODEL, List.of());

    check();

    assertThat(bed.notify.sent()).isEmpty();
    assertThat(told().state()).isEqualTo("NO_MODEL");
  }

  @Test
  void check_thatFails_stillTellsTheSteward() {
    bed.watch.breakDown("check", FailureType.STORE_UNAVAILABLE, "store: down");

    assertThatThrownBy(this::check).isInstanceOf(WorkflowFailedException.class);

    assertThat(told().state()).isEqualTo("FAILED");
    assertThat(told().drifted()).isFalse();
  }
}
