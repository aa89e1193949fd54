package io.millrace.activities.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.activities.dataset.DatasetManifest.ColumnInfo;
import io.millrace.activities.dataset.DatasetManifest.Part;
import io.millrace.activities.dataset.DatasetManifest.Role;
import io.millrace.activities.store.FileStore;
import io.millrace.activities.store.ObjectStore;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.ref.DatasetRef;
import io.millrace.workflows.spec.ColumnType;
import io.millrace.workflows.spec.Task;
import io.millrace.workflows.wire.PayloadJson;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetsTest {
  private static final int ROWS = 5_000;
  @TempDir private Path root;
  private ObjectStore store;
  private DatasetRef dataset;
  private Datasets datasets;

  @BeforeEach
  void publish() throws Exception {
    store = new FileStore(root.resolve("store"));
    Path part = root.resolve("part.parquet");
    try (DuckDb db = DuckDb.open(2, root)) {
      db.run(
          "COPY (SELECT CASE WHEN i % 10 = 0 THEN NULL ELSE i * 0.5::DOUBLE END AS \"a \"\"1\","
              + " CASE WHEN i % 4 = 3 THEN NULL ELSE 'k' || i % 4 END AS k,"
              + " CASE WHEN i % 3 = 0 THEN 'yes' ELSE 'no' END AS y FROM range("
              + ROWS
              + ") t(i)) TO '"
              + part
              + "' (FORMAT parquet)");
    }
    DatasetManifest manifest =
        new DatasetManifest(
            1,
            "test",
            Task.BINARY,
            "y",
            List.of("no", "yes"),
            List.of(
                new ColumnInfo("a \"1", ColumnType.NUMBER, Role.FEATURE, null, 9.0),
                new ColumnInfo("k", ColumnType.CATEGORY, Role.FEATURE, null, null),
                new ColumnInfo("y", ColumnType.CATEGORY, Role.TARGET, null, null)),
            List.of(
                new Part("part-train.parquet", "train", ROWS, Sha256.of(part), Files.size(part))),
            Map.of("train", (long) ROWS));
    byte[] bytes = PayloadJson.mapper().writeValueAsBytes(manifest);
    dataset = new DatasetRef("test", PayloadJson.sha256(bytes), ROWS);
    store.create(dataset.prefix() + "part-train.parquet", part);
    store.create(dataset.prefix() + "manifest.json", bytes);
    datasets = new Datasets(store, root.resolve("scratch"));
    assertThat(datasets.manifest(dataset)).isEqualTo(manifest);
  }

  @Test
  void read_givesColumnsInTheStoredOrderWithWhatIsMissing() {
    Table table = datasets.read(dataset, "train");
    assertThat(table.rows()).isEqualTo(ROWS);
    assertThat(table.names()).containsExactly("a \"1", "k", "y");
    assertThat(table.numbers("a \"1")[0]).isNaN();
    assertThat(table.numbers("a \"1")[4_999]).isEqualTo(2499.5);
    assertThat(table.categories("k")).startsWith("k0", "k1", "k2", null, "k0");
    assertThat(Datasets.labels(datasets.manifest(dataset), table)).startsWith(1, 0, 0, 1);
    assertThat(datasets.read(dataset, "test", List.of("k")).rows()).isZero();
  }

  @Test
  void aColumn_thatIsNotThereIsNamed() {
    assertThatThrownBy(() -> datasets.read(dataset, "train", List.of("z")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("column: z (expected: one of [a \"1, k, y])");
  }

  @Test
  void aPart_thatWasTamperedWithIsNotRead() {
    store.put(dataset.prefix() + "part-train.parquet", new byte[] {1, 2, 3});
    assertThatThrownBy(() -> datasets.read(dataset, "train"))
        .hasMessageContaining("expected: SHA-256")
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.STORE_CORRUPT));
  }

  @Test
  void aManifest_thatWasTamperedWithIsNotRead() {
    store.put(dataset.prefix() + "manifest.json", new byte[] {'{', '}'});
    assertThatThrownBy(() -> datasets.manifest(dataset))
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.STORE_CORRUPT));
  }

  @Test
  void aVersion_withoutAManifestDoesNotExist() {
    store.delete(dataset.prefix() + "manifest.json");
    assertThatThrownBy(() -> datasets.read(dataset, "train"))
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.NOT_FOUND));
  }

  @Test
  void aDamagedCopyInScratch_isFetchedAgain() throws Exception {
    datasets.read(dataset, "train");
    Path copy = root.resolve("scratch").resolve(dataset.prefix()).resolve("part-train.parquet");
    Files.write(copy, new byte[] {1});
    Datasets another = new Datasets(store, root.resolve("scratch"));
    assertThat(another.read(dataset, "train").rows()).isEqualTo(ROWS);
  }
}
