package io.millrace.activities.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.activities.dataset.DatasetManifest;
import io.millrace.activities.dataset.Datasets;
import io.millrace.activities.dataset.Table;
import io.millrace.activities.secret.Secrets;
import io.millrace.activities.store.DyingStore;
import io.millrace.activities.store.FileStore;
import io.millrace.activities.store.ObjectStore;
import io.millrace.inference.profile.Profile;
import io.millrace.workflows.port.data.DataActivities.IngestResult;
import io.millrace.workflows.ref.DatasetRef;
import io.millrace.workflows.spec.IncrementalSpec;
import io.millrace.workflows.spec.IncrementalSpec.Beyond;
import io.millrace.workflows.spec.IncrementalSpec.Late;
import io.millrace.workflows.spec.SourceSpec;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IncrementalIngestTest {
  private static final String HEADER = "id,at,mail,a,y\n";

  @TempDir private Path root;
  private Ingests ingests;
  private Path file;

  @BeforeEach
  void source() {
    ingests = new Ingests(root);
    use(null);
  }

  private void use(@Nullable Late late) {
    ingests.id = "id";
    file = root.resolve("events.csv");
    ingests.from(source(root.resolve("events*.csv").toString(), new IncrementalSpec("at", late)));
  }

  private static SourceSpec source(String csv, IncrementalSpec incremental) {
    return SourceSpecs.of(Map.of("csv", csv, "incremental", incremental));
  }

  /** Rows of so many hours of March 2026, each with another value. */
  private static String rows(int from, int to) {
    return String.join("", IntStream.range(from, to).mapToObj(IncrementalIngestTest::row).toList());
  }

  private static String row(int hour) {
    return "r%d,2026-03-%02dT%02d:00:00Z,p%d@mail.example.org,%d.25,%d%n"
        .formatted(hour, hour / 24 + 1, hour % 24, hour, hour * 37 % 101, hour % 2);
  }

  private void append(String rows) throws Exception {
    Files.writeString(
        file,
        rows,
        java.nio.file.StandardOpenOption.CREATE,
        java.nio.file.StandardOpenOption.APPEND);
  }

  private List<String> ids(ObjectStore store, DatasetRef dataset) {
    Datasets datasets = new Datasets(store, root.resolve("reader"));
    List<String> ids = new ArrayList<>();
    for (String split : datasets.manifest(dataset).rows().keySet()) {
      Table table = datasets.read(dataset, split, List.of("id"));
      for (String id : table.categories("id")) {
        ids.add(String.valueOf(id));
      }
    }
    return ids;
  }

  private void assertHolds(IngestResult result, int rows) {
    List<String> ids = ids(ingests.store, result.dataset());
    assertThat(ids).hasSize(rows).doesNotHaveDuplicates();
    assertThat(result.dataset().rows()).isEqualTo(rows);
  }

  @Test
  void ingest_afterAFileGrew_addsPartsAndRefersToThoseBefore() throws Exception {
    append(HEADER + rows(0, 100));
    IngestResult first = ingests.run();
    append(rows(100, 160));
    IngestResult second = ingests.run();

    assertThat(second.rowsRead()).isEqualTo(60);
    assertHolds(second, 160);
    assertThat(second.splits()).containsEntry("test", 32L).containsEntry("validation", 16L);
    Datasets datasets = new Datasets(ingests.store, root.resolve("reader"));
    DatasetManifest manifest = datasets.manifest(second.dataset());
    assertThat(manifest.parts())
        .filteredOn(part -> first.dataset().digest().equals(part.version()))
        .hasSize(3);
    assertThat(ingests.store.list(second.dataset().prefix()))
        .filteredOn(key -> key.endsWith(".parquet"))
        .hasSize(3);
    Profile profile = datasets.profile(second.dataset());
    assertThat(profile.rows()).isEqualTo(manifest.rowsOf("train"));
  }

  @Test
  void ingest_whereNothingIsNew_isTheVersionThereIs() throws Exception {
    append(HEADER + rows(0, 100));
    IngestResult first = ingests.run();
    List<String> keys = ingests.keys();
    assertThat(ingests.run().dataset()).isEqualTo(first.dataset());
    assertThat(ingests.keys()).isEqualTo(keys);
    // the same rows in a file of another beginning are known by their watermark
    Files.writeString(file, HEADER + "\n" + rows(0, 100));
    assertThat(ingests.run().dataset()).isEqualTo(first.dataset());
    assertThat(ingests.keys()).isEqualTo(keys);
  }

  @Test
  void ingest_ofAnotherFile_readsOnlyThat() throws Exception {
    append(HEADER + rows(0, 100));
    ingests.run();
    Files.writeString(root.resolve("events-2.csv"), HEADER + rows(100, 130));
    IngestResult second = ingests.run();
    assertThat(second.rowsRead()).isEqualTo(30);
    assertHolds(second, 130);
  }

  @Test
  void ingest_ofRowsWithinWhatIsAllowed_takesThemOnce() throws Exception {
    use(new Late(Duration.ofHours(12), null));
    append(HEADER + rows(0, 95) + rows(97, 100));
    ingests.run();
    // rewritten, with two late rows among those there were
    Files.writeString(file, HEADER + rows(0, 110));
    IngestResult second = ingests.run();
    assertHolds(second, 110);
    assertHolds(ingests.run(), 110);
  }

  @Test
  void ingest_ofRowsBeyondIt_doesWhatIsSaid() throws Exception {
    for (Beyond beyond : Beyond.values()) {
      Path own = Files.createDirectories(root.resolve(beyond.name()));
      ingests = new Ingests(own);
      use(new Late(Duration.ofHours(12), beyond));
      file = own.resolve("events.csv");
      ingests.from(source(file.toString(), ingests.source.incremental()));
      append(HEADER + rows(10, 100));
      ingests.run();
      append(rows(3, 5) + rows(100, 120));
      IngestResult second = ingests.run();
      assertThat(second.dataset().rows())
          .as(beyond.name())
          .isEqualTo(beyond == Beyond.ACCEPT ? 112 : 110);
      assertThat(second.rowsQuarantined()).isEqualTo(beyond == Beyond.QUARANTINE ? 2 : 0);
      assertThat(second.expectations())
          .anySatisfy(
              outcome ->
                  assertThat(outcome.sentence())
                      .startsWith("at: 2 rows are older than 2026-03-04T15:00:00Z"));
    }
  }

  @Test
  void ingest_hidesAgainWhatWasHidden_andRefusesAnotherClass() throws Exception {
    append(HEADER + rows(0, 100));
    ingests.run();
    append("x,2026-03-20T00:00:00Z,nobody,1.5,1\n");
    IngestResult second = ingests.run();
    assertThat(second.privacy()).anySatisfy(f -> assertThat(f.column()).isEqualTo("mail"));
    Table table =
        new Datasets(ingests.store, root.resolve("reader"))
            .read(second.dataset(), "train", List.of("mail"));
    assertThat(new HashSet<>(List.of(table.categories("mail")))).containsExactly("***");
    append("x,2026-03-21T00:00:00Z,nobody,1.5,7\n");
    assertThatThrownBy(() -> ingests.run())
        .hasMessageContaining("y: another value than before in 1 rows (expected: one of [0, 1])");
  }

  @Test
  void ingest_ofARowWithoutWatermark_isRefused() throws Exception {
    append(HEADER + rows(0, 100) + "x,,m,1.5,1\n");
    assertThatThrownBy(() -> ingests.run())
        .hasMessageContaining("at: no time in 1 rows (expected: one in each row");
  }

  private Ingests on(ObjectStore store, Path own) {
    Ingests other =
        new Ingests(
            own, store, new DuckDbIngest(store, own.resolve("scratch"), new Secrets(Map.of())));
    other.id = ingests.id;
    other.source = ingests.source;
    return other;
  }

  @Test
  void ingest_killedAtAnyChange_endsComplete_withNothingTwice() throws Exception {
    use(new Late(Duration.ofHours(12), null));
    int kills = 0;
    DatasetRef undisturbed = null;
    for (int changes = 0; ; changes++) {
      Path own = Files.createDirectories(root.resolve("k" + changes));
      ObjectStore store = new FileStore(own.resolve("store"));
      Files.deleteIfExists(file);
      append(HEADER + rows(0, 90));
      on(store, own).run();
      append(rows(90, 120));
      boolean killed = false;
      try {
        on(DyingStore.of(store, changes), own).run();
      } catch (DyingStore.Killed e) {
        killed = true;
        kills++;
      }
      IngestResult second = on(store, own).run();
      assertThat(ids(store, second.dataset()))
          .as("killed at " + changes)
          .hasSize(120)
          .doesNotHaveDuplicates();
      assertThat(on(store, own).run().dataset()).isEqualTo(second.dataset());
      if (undisturbed != null) {
        assertThat(second.dataset()).isEqualTo(undisturbed);
      }
      undisturbed = second.dataset();
      if (!killed) {
        break;
      }
    }
    assertThat(kills).isGreaterThanOrEqualTo(6);
  }

  @Test
  void ingest_whereAnotherIsFaster_takesWhatIsLeft() throws Exception {
    append(HEADER + rows(0, 100));
    ingests.run();
    append(rows(100, 120));
    boolean[] raced = {false};
    ObjectStore store = ingests.store;
    ObjectStore slow =
        (ObjectStore)
            Proxy.newProxyInstance(
                ObjectStore.class.getClassLoader(),
                new Class<?>[] {ObjectStore.class},
                (proxy, method, arguments) -> {
                  if (method.getName().equals("create")
                      && String.valueOf(arguments[0]).startsWith("increments/")
                      && !raced[0]) {
                    raced[0] = true;
                    ingests.run();
                    append(rows(120, 130));
                  }
                  return method.invoke(store, arguments);
                });
    assertHolds(on(slow, root.resolve("slow")).run(), 130);
    assertThat(raced[0]).isTrue();
  }
}
