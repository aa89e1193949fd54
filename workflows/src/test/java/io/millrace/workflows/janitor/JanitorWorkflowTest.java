package io.millrace.workflows.janitor;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.workflows.Samples;
import io.millrace.workflows.TestBed;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.janitor.Janitor.JanitorReport;
import io.millrace.workflows.janitor.Janitor.JanitorRequest;
import io.millrace.workflows.options.SearchAttributes;
import io.millrace.workflows.port.alert.AlertActivities.SchedulesRequest;
import io.millrace.workflows.port.alert.AlertActivities.ToldRequest;
import io.millrace.workflows.port.compute.ComputeActivities.Node;
import io.millrace.workflows.port.compute.ComputeActivities.Orphan;
import io.millrace.workflows.port.compute.ComputeActivities.SweepRequest;
import io.millrace.workflows.port.notify.NotifyActivities.Notification;
import io.millrace.workflows.port.schedule.ScheduleActivities.DriftSchedule;
import io.millrace.workflows.port.schedule.ScheduleActivities.Lapse;
import io.millrace.workflows.port.schedule.ScheduleActivities.LapseKind;
import io.millrace.workflows.spec.WatchSpec;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class JanitorWorkflowTest {
  private static final Orphan ORPHAN =
      new Orphan(
          new Node("credit-1-abc-1", "i-0abc", "ec2", Instant.EPOCH, null),
          "credit-1",
          "its run has ended");
  private static final Lapse ABSENT =
      new Lapse("credit", "credit-1", LapseKind.ABSENT, "no schedule drift:credit (expected: one)");
  private static final Lapse PAUSED =
      new Lapse("other", "other-1", LapseKind.PAUSED, "drift:other is paused: by ann");

  private final TestBed bed = new TestBed();

  @AfterEach
  void close() {
    bed.close();
  }

  private JanitorReport run(JanitorRequest request) {
    return bed.client().newWorkflowStub(Janitor.class, bed.at("Janitor")).run(request);
  }

  private static JanitorRequest request(boolean dry) {
    return new JanitorRequest(List.of(), dry, List.of(new WatchSpec.NotifySpec(null, null, true)));
  }

  private String outcome() {
    return bed.client()
        .newUntypedWorkflowStub("Janitor")
        .describe()
        .getTypedSearchAttributes()
        .get(SearchAttributes.OUTCOME);
  }

  @Test
  void round_looksBeforeItActs_andSaysWhatItDid() {
    bed.compute.orphan(ORPHAN);
    bed.schedules.lapse(ABSENT);
    bed.schedules.lapse(PAUSED);

    JanitorReport report = run(request(false));

    assertThat(bed.compute.calls("sweep"))
        .containsExactly(new SweepRequest(List.of(), true), new SweepRequest(List.of(), false));
    assertThat(report.orphans()).containsExactly(ORPHAN);
    assertThat(report.ended()).isTrue();
    assertThat(report.mended()).containsExactly("credit");
    assertThat(bed.schedules.calls("ensureDrift"))
        .containsExactly(
            new DriftSchedule(
                "credit", Samples.spec().watch().schedule(), Samples.spec().watch().receivers()));
    assertThat(report.sentence())
        .isEqualTo("1 orphan nodes ended; 2 drift schedules not as they should be, 1 brought back");
    assertThat(outcome()).isEqualTo("MENDED");
    assertThat(bed.notify.calls("send", Notification.class))
        .singleElement()
        .satisfies(
            sent ->
                assertThat(sent.text())
                    .contains("credit-1-abc-1: its run has ended", "drift:other is paused"));
  }

  @Test
  void schedules_thatDoNotWork_alertWhoTheModelsSpecNames() {
    bed.schedules.lapse(PAUSED);
    bed.alerts.notice("other", "schedule", false);

    run(request(false));

    assertThat(bed.alerts.calls("judgeSchedules", SchedulesRequest.class))
        .singleElement()
        .satisfies(judged -> assertThat(judged.review().lapses()).containsExactly(PAUSED));
    assertThat(bed.alerts.calls("told"))
        .containsExactly(new ToldRequest("other", List.of("schedule-1-opened")));
  }

  @Test
  void dryRound_changesNothing() {
    bed.compute.orphan(ORPHAN);
    bed.schedules.lapse(ABSENT);

    JanitorReport report = run(request(true));

    assertThat(bed.compute.calls("sweep")).containsExactly(new SweepRequest(List.of(), true));
    assertThat(bed.schedules.calls("ensureDrift")).isEmpty();
    assertThat(bed.alerts.calls("judgeSchedules")).isEmpty();
    assertThat(report.ended()).isFalse();
    assertThat(report.sentence())
        .isEqualTo("1 orphan nodes found; 1 drift schedules not as they should be (looked only)");
    assertThat(outcome()).isEqualTo("FOUND");
  }

  @Test
  void roundWithoutInput_looksOnly_andTellsNobody() {
    bed.compute.orphan(ORPHAN);

    JanitorReport report = run(null);

    assertThat(report.dry()).isTrue();
    assertThat(bed.notify.calls("send")).isEmpty();
  }

  @Test
  void nothingFound_isClean_andTellsNobody() {
    JanitorReport report = run(request(false));

    assertThat(report.sentence()).isEqualTo("nothing to do");
    assertThat(bed.compute.calls("sweep")).hasSize(1);
    assertThat(bed.notify.calls("send")).isEmpty();
    assertThat(outcome()).isEqualTo("CLEAN");
  }

  @Test
  void cloudThatDoesNotAnswer_doesNotKeepItFromTheSchedules() {
    bed.compute.breakDown("sweep", FailureType.AWS_UNAVAILABLE, "503");
    bed.schedules.lapse(PAUSED);

    JanitorReport report = run(request(false));

    assertThat(report.failures()).containsExactly("nodes: 503");
    assertThat(report.lapses()).containsExactly(PAUSED);
    assertThat(outcome()).isEqualTo("INCOMPLETE");
  }
}
