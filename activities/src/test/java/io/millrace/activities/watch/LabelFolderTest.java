package io.millrace.activities.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.activities.watch.alert.AlertLog;
import io.millrace.activities.watch.alert.AlertState.Alert;
import io.millrace.workflows.port.alert.AlertActivities.JudgeRequest;
import io.millrace.workflows.port.deploy.FakeDeploy;
import io.millrace.workflows.port.watch.WatchActivities.DriftReport;
import io.millrace.workflows.port.watch.WatchActivities.Remark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LabelFolderTest extends WatchBed {

  private Path inbox;

  @BeforeEach
  void open() throws IOException {
    inbox = Files.createDirectory(dir.resolve("inbox"));
    watched.version(
        1,
        """
        watch:
          window: {rows: 5000, min-rows: 1000}
          labels: {metric: accuracy, from: %s}
          notify: [log]
        """
            .formatted(inbox),
        REFERENCE);
    watched.log(1, "a", 0, 5_000);
  }

  private Path labels(String name, int from, int to) throws IOException {
    Path file = inbox.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, allRepaid(from, to));
  }

  @Test
  void check_takesNewFilesOnce() throws IOException {
    labels("first.csv", 0, 2_000);
    Files.writeString(inbox.resolve("notes.txt"), "not labels");
    assertThat(check("one").windows().getFirst().labelled()).isEqualTo(2_000);

    labels("2026/second.csv", 2_000, 5_000);
    DriftReport second = check("two");
    check("three");

    assertThat(second.remarks()).isEmpty();
    assertThat(store.list("labels/car-loan/")).hasSize(2);
    assertThat(store.list("endpoints/car-loan/labels/")).hasSize(2);
  }

  @Test
  void check_ofAFileThatChanged_takesItAgain() throws IOException {
    labels("growing.csv", 0, 2_000);
    check("one");
    labels("growing.csv", 0, 3_000);
    check("two");

    assertThat(store.list("labels/car-loan/")).as("with other labels").hasSize(2);
  }

  @Test
  void check_ofAFileThatCannotBeAdded_takesTheOthersAndAlerts() throws IOException {
    Files.writeString(inbox.resolve("a.csv"), "id,answer\n1,1\n");
    labels("b.csv", 0, 2_000);

    DriftReport report = check("one");

    assertThat(report.remarks())
        .singleElement()
        .isEqualTo(
            new Remark(
                Remark.LABEL_FILE,
                "watch.labels.from: a.csv: column repaid: missing in a.csv (expected: columns id"
                    + " and repaid)"));
    assertThat(report.windows().getFirst().labelled()).isEqualTo(2_000);
    new AlertWatch(store, new FakeDeploy(), InstantSource.fixed(LATER))
        .judge(new JudgeRequest(WatchedStore.MODEL, LATER, "one", null));
    assertThat(new AlertLog(store, WatchedStore.MODEL).head().alerts())
        .extracting(Alert::rule)
        .contains("labels");

    labels("a.csv", 2_000, 5_000);
    assertThat(check("two").remarks()).as("mended").isEmpty();
    assertThat(store.list("labels/car-loan/")).hasSize(2);
  }

  @Test
  void check_ofAFolderThatIsNot_isRemarked() throws IOException {
    Files.delete(inbox);

    assertThat(check("one").remarks())
        .singleElement()
        .satisfies(
            remark ->
                assertThat(remark.sentence())
                    .isEqualTo(
                        "watch.labels.from: " + inbox + " cannot be read (expected: a folder)"));
  }
}
