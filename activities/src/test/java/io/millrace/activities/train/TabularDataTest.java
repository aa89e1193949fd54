package io.millrace.activities.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.activities.dataset.Datasets;
import io.millrace.activities.dataset.Table;
import io.millrace.activities.store.FileStore;
import io.millrace.activities.store.ObjectStore;
import io.millrace.inference.model.Encoding;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.ref.DatasetRef;
import io.millrace.workflows.spec.Task;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TabularDataTest {
  private static final EncodingPlan STANDARD = EncodingPlan.oneHot(0);
  private static final long PLENTY = 1L << 40;

  @TempDir static Path work;
  private Datasets datasets;
  private DatasetRef ref;

  @BeforeAll
  void publish() throws Exception {
    ObjectStore store = new FileStore(work.resolve("store"));
    // more than two of DuckDB's blocks, the last one not full
    ref =
        TestDatasets.publish(
            store,
            work.resolve("parts"),
            Task.BINARY,
            "y",
            "SELECT i % 10 AS tenth, CASE WHEN i % 7 = 0 THEN NULL ELSE i::DOUBLE END AS x,"
                + " 'c' || (i % 3) AS colour, (i % 2)::VARCHAR AS y FROM range(6000) t(i)",
            List.of("0", "1"));
    datasets = new Datasets(store, work.resolve("scratch"));
  }

  @Test
  void read_inBlocks_encodesEveryRowInItsOrder() {
    TabularData data =
        TabularData.read(datasets, ref, STANDARD, new NodeMemory(PLENTY, PLENTY, PLENTY));
    Table table = datasets.read(ref, "train");
    assertThat(data.train().rows()).isEqualTo(4800);
    assertThat(data.validation().rows()).isEqualTo(600);
    assertThat(data.width()).isEqualTo(2 + 5);
    Encoding.Standard x = (Encoding.Standard) data.encodings().getFirst();
    FloatBuffer inputs = data.train().inputs().asFloatBuffer();
    for (int row = 0; row < table.rows(); row++) {
      double value = table.numbers("x")[row];
      boolean missing = Double.isNaN(value);
      assertThat(inputs.get(7 * row))
          .isEqualTo((float) (((missing ? x.impute() : value) - x.mean()) / x.scale()));
      assertThat(inputs.get(7 * row + 1)).isEqualTo(missing ? 1 : 0);
      int colour = table.categories("colour")[row].charAt(1) - '0';
      for (int level = 0; level < 5; level++) {
        assertThat(inputs.get(7 * row + 2 + level)).isEqualTo(level == colour ? 1 : 0);
      }
      assertThat(data.train().labels()[row])
          .isEqualTo(Double.parseDouble(table.categories("y")[row]));
    }
  }

  @Test
  void read_keepsEqualTextsOnce() {
    String[] colours = datasets.read(ref, "train").categories("colour");
    assertThat(colours[0])
        .isSameAs(
            java.util.Arrays.stream(colours)
                .skip(3000)
                .filter(colours[0]::equals)
                .findFirst()
                .orElseThrow());
  }

  @Test
  void read_ofMoreThanTheNodeHas_saysTheNeed() {
    // 5,400 rows of 7 inputs of 4 bytes, and 4,800 of them again in an epoch's order
    assertRefused(
        new NodeMemory(PLENTY, 151_199, PLENTY),
        "train: 4800 rows x 7 inputs need 151200 bytes (expected: at most 151199, which this node"
            + " has: raise trainer.heap or take a larger machine, or fewer rows, columns or bins)");
    assertRefused(
        new NodeMemory(PLENTY, PLENTY, 285_599),
        "train: 4800 rows x 7 inputs need 285600 bytes (expected: at most 285599,");
    assertRefused(
        new NodeMemory(115_199, PLENTY, PLENTY),
        "train: 4800 rows need 115200 bytes (expected: at most 115199,");
    assertThat(
            TabularData.read(datasets, ref, STANDARD, new NodeMemory(115_200, 151_200, 285_600))
                .train()
                .rows())
        .isEqualTo(4800);
  }

  @Test
  void here_isWhatTheProcessWasGiven() {
    NodeMemory here = NodeMemory.here();
    long heap = Runtime.getRuntime().maxMemory();
    assertThat(here.heapBytes()).isPositive().isLessThan(heap);
    assertThat(here.bufferBytes()).isPositive();
    assertThat(here.machineBytes()).isPositive();
  }

  private void assertRefused(NodeMemory memory, String message) {
    assertThatThrownBy(() -> TabularData.read(datasets, ref, STANDARD, memory))
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.DATA_INVALID))
        .hasMessageContaining(message);
  }
}
