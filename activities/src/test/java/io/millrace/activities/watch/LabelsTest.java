package io.millrace.activities.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.activities.store.FileStore;
import io.millrace.activities.store.ObjectStore;
import io.millrace.inference.profile.Profile;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.labels.LabelText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LabelsTest {
  private static final String WATCH = "watch: {window: {rows: 5000, min-rows: 1000}}";
  private static final Instant MONDAY = Instant.parse("2026-03-02T10:00:00Z");

  @TempDir Path dir;
  private ObjectStore store;
  private Labels labels;

  @BeforeEach
  void open() throws IOException {
    store = new FileStore(dir.resolve("store"));
    new WatchedStore(store, CarLoan.targets()).version(1, WATCH, Profile.empty(List.of()));
    labels = new Labels(store, InstantSource.fixed(MONDAY));
  }

  @Test
  void add_ofACsv_keepsIdsAndLabels() throws IOException {
    Labels.Added added =
        labels.add("car-loan", file("l.csv", "id,repaid,note\n7,1,\"a,b\"\n8,0.0,\n"));
    assertThat(added.added()).isTrue();
    assertThat(added.rows()).isEqualTo(2);
    assertThat(added.key()).startsWith("labels/car-loan/dt=2026-03-02/").endsWith(".jsonl.gz");
    assertThat(labels.of("car-loan", Set.of("7", "8", "9"))).isEqualTo(Map.of("7", "1", "8", "0"));
  }

  @Test
  void add_ofTheSameLabelsAnotherDayInAnotherFormat_addsNothing() throws IOException {
    Labels.Added first = labels.add("car-loan", file("l.csv", "id,repaid\n7,1\n8,0\n"));
    Labels later = new Labels(store, InstantSource.fixed(MONDAY.plusSeconds(200_000)));
    Labels.Added again =
        later.add(
            "car-loan",
            file("l.jsonl", "{\"id\":8,\"repaid\":0}\n{\"id\":7,\"repaid\":1,\"x\":2}\n"));
    assertThat(again.added()).isFalse();
    assertThat(again.key()).isEqualTo(first.key());
    assertThat(store.list("labels/")).hasSize(1);
  }

  @Test
  void of_aRowLabelledTwice_isTheLatest() throws IOException {
    Labels later = new Labels(store, InstantSource.fixed(MONDAY.plusSeconds(60)));
    later.add("car-loan", file("a.csv", "id,repaid\n7,1\n"));
    labels.add("car-loan", file("b.csv", "id,repaid\n7,0\n8,1\n"));
    assertThat(labels.of("car-loan", Set.of("7"))).isEqualTo(Map.of("7", "1"));
  }

  @Test
  void add_ofBadRows_namesThemAndAddsNothing() throws IOException {
    invalid(
        "l.csv", "id,repaid\n7,maybe\n,1\n8,\n", "row 1, repaid: maybe (expected: one of [0, 1])");
    invalid("l.csv", "id,repaid\n7,maybe\n,1\n", "row 2, id: empty (expected: an id)");
    invalid("l.csv", "id,repaid\n7,1\n7,0\n", "twice with different labels");
    invalid("l.csv", "id,outcome\n7,1\n", "column repaid: missing in l.csv");
    invalid("l.csv", "id,repaid\n", "rows: 0 (expected: > 0)");
    invalid("l.txt", "id,repaid\n7,1\n", "expected: .csv, .jsonl, each also .gz");
    invalid("l.jsonl", "{not json\n", "expected: to be read as its ending says");
    assertThat(store.list("labels/")).isEmpty();
  }

  @Test
  void add_ofAFileThatIsNotThere_saysSo() {
    assertThatThrownBy(() -> labels.add("car-loan", dir.resolve("none.csv")))
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.REQUEST_INVALID))
        .hasMessageContaining("expected: a file that can be read");
  }

  @Test
  void add_forAModelWithoutAChampion_isNotFound() {
    assertThatThrownBy(() -> labels.add("other", dir.resolve("none.csv")))
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.NOT_FOUND));
  }

  @Test
  void plain_ofLabels_treatsEqualNumbersAsOneClass() {
    assertThat(List.of("1", "1.0", " 1e0 ", "+1").stream().map(LabelText::plain)).containsOnly("1");
    assertThat(LabelText.plain("good")).isEqualTo("good");
    assertThat(LabelText.plain("0.00")).isEqualTo("0");
    assertThat(LabelText.plain("1e999999999")).isEqualTo("1e999999999");
  }

  private void invalid(String name, String content, String message) {
    assertThatThrownBy(() -> labels.add("car-loan", file(name, content)))
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.REQUEST_INVALID))
        .hasMessageContaining(message);
  }

  private Path file(String name, String content) throws IOException {
    return Files.writeString(dir.resolve(name), content);
  }
}
