package io.millrace.activities.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.workflows.port.watch.WatchActivities.DriftReport;
import io.millrace.workflows.port.watch.WatchActivities.State;
import java.io.IOException;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What a window is compared with. */
class ReferenceWindowTest extends WatchBed {
  private static final String BY_ROWS = DriftWatchTest.BY_ROWS;
  private static final String BY_TIME = DriftWatchTest.BY_TIME;

  @Test
  void check_againstAnotherVersion_takesItsColumnsAndTheOwnScores() throws IOException {
    watched.version(1, BY_ROWS, Profiles.of(TRAFFIC, 25_000, 50_000));
    String against = BY_ROWS.replace("  window:", "  reference: {version: 1}\n  window:");
    watched.version(2, against, REFERENCE);
    watched.log(2, "a", 25_000, 30_000);
    watched.log(2, "a", 0, 5_000);

    DriftReport report = check("one");

    assertThat(report.windows().getFirst().drifted())
        .as("as version 1 was trained on, scored as version 2 scores")
        .containsExactly(ColumnDrift.PREDICTION);
    assertThat(report.windows().getLast().drifted())
        .contains("car_value", "loan_length")
        .doesNotContain(ColumnDrift.PREDICTION);
    assertThat(text(Objects.requireNonNull(report.reportKey()))).contains("(version 1)");
  }

  @Test
  void check_againstAVersionThatIsNot_saysSo() throws IOException {
    watched.version(
        2, BY_ROWS.replace("  window:", "  reference: {version: 7}\n  window:"), REFERENCE);
    watched.log(2, "a", 0, 5_000);

    assertThatThrownBy(() -> check("one"))
        .hasMessageContaining("watch.reference: version 7 (expected: a version of car-loan)");
  }

  @Test
  void check_againstTheTimeBefore_comparesWithTheLogAlone() throws IOException {
    String spec = BY_TIME.replace("  window:", "  reference: last 10000s\n  window:");
    watched.version(1, spec, Profiles.of(TRAFFIC, 25_000, 50_000));
    for (int row = 15_000; row < 45_000; row += 2_500) {
      watched.log(1, "a", row, row + 2_500);
    }
    assertThat(check("one", at(25_000)).state())
        .as("the rows before are alike, the training rows are not")
        .isEqualTo(State.STABLE);
    DriftReport fresh = check("two", at(30_000));
    assertThat(fresh.windows().getFirst().drifted()).hasSize(5);
    assertThat(fresh.windows().getFirst().columns())
        .allSatisfy(v -> assertThat(v.rowsReference()).isEqualTo(10_000));
    assertThat(check("three", at(45_000)).state())
        .as("it has been so for a while")
        .isEqualTo(State.STABLE);
    assertThat(text(Objects.requireNonNull(fresh.reportKey())))
        .contains("Compared with 10,000 reference rows (last 10000s).");
  }

  @Test
  void check_againstAPinnedTimeWithoutRows_cannotJudge() throws IOException {
    String spec =
        BY_TIME.replace(
            "  window:", "  reference: 2025-03-01T00:00:00Z/2025-03-02T00:00:00Z\n  window:");
    watched.version(1, spec, REFERENCE);
    watched.log(1, "a", 25_000, 30_000);
    DriftReport report = check("one", at(30_000));
    assertThat(report.state()).isEqualTo(State.NO_DATA);
    assertThat(report.windows().getFirst().sentence())
        .isEqualTo(
            "0 rows in the reference (2025-03-01T00:00:00Z/2025-03-02T00:00:00Z), 1,000 needed to"
                + " judge.");
  }

  @Test
  void check_againstTheSameWeekday_takesTheSameHoursOfEarlierWeeks() throws IOException {
    String spec = BY_TIME.replace("  window:", "  reference: same-weekday\n  window:");
    watched.version(1, spec, REFERENCE);
    int week = 7 * 86_400;
    watched.log(1, "a", 25_000, 30_000, 0);
    watched.log(1, "a", 0, 5_000, 86_400 * 2);
    watched.log(1, "a", 30_000, 35_000, week - 5_000);
    DriftReport report = check("one", at(week + 30_000));
    assertThat(report.windows().getFirst().columns())
        .allSatisfy(v -> assertThat(v.rowsReference()).isEqualTo(5_000));
    assertThat(report.state()).as("last week had drifted already").isEqualTo(State.STABLE);
  }
}
