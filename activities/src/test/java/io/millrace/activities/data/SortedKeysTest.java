package io.millrace.activities.data;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.activities.dataset.DuckDb;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SortedKeysTest {
  @TempDir private Path root;

  private static Map<Long, Long> read(SortedKeys keys, int group) throws Exception {
    Map<Long, Long> read = new TreeMap<>();
    List<Long> order = new ArrayList<>();
    keys.each(
        group,
        (key, count) -> {
          read.put(key, count);
          return order.add(key);
        });
    assertThat(order).isSorted().doesNotHaveDuplicates();
    return read;
  }

  @Test
  void each_givesEveryKeyInOrder_withItsCount_byGroup() throws Exception {
    try (DuckDb db = DuckDb.open(1, root);
        SortedKeys keys = new SortedKeys(root.resolve("keys"), 2)) {
      // every third key three times; keys fill all 63 bits
      db.run(
          "CREATE TABLE t AS SELECT "
              + SortedKeys.key("hash(CASE WHEN range % 3 = 0 THEN range % 9 ELSE range END)")
              + " AS k, range % 2 AS g FROM range(200000)");
      assertThat(keys.addAll(db, "SELECT k, g FROM t")).isEqualTo(200_000);
      long different = 0;
      for (int group = 0; group < 2; group++) {
        Map<Long, Long> expected = new TreeMap<>();
        db.rows("SELECT k, count(*) FROM t WHERE g = " + group + " GROUP BY k")
            .forEach(
                row -> {
                  if (row.get(0) instanceof Long key && row.get(1) instanceof Long count) {
                    expected.put(key, count);
                  }
                });
        assertThat(read(keys, group)).isEqualTo(expected);
        different += expected.size();
      }
      assertThat(keys.different()).isEqualTo(different);
    }
    assertThat(Files.exists(root.resolve("keys"))).isFalse();
  }

  @Test
  void each_ofKeysThatAreNotSpread_countsThemAll() throws Exception {
    try (DuckDb db = DuckDb.open(1, root);
        SortedKeys keys = new SortedKeys(root.resolve("keys"), 1)) {
      // more than are sorted at once, all with the same first byte
      keys.addAll(db, "SELECT range % 2 + 7 FROM range(2500001)");
      assertThat(keys.different()).isEqualTo(2);
      assertThat(read(keys, 0)).isEqualTo(Map.of(7L, 1_250_001L, 8L, 1_250_000L));
    }
  }

  @Test
  void key_keepsTheOrderOfUnsignedNumbers() throws Exception {
    try (DuckDb db = DuckDb.open(1, root)) {
      assertThat(
              db.row(
                  "SELECT %s, %s, %s"
                      .formatted(
                          SortedKeys.key("0::UBIGINT"),
                          SortedKeys.key("9223372036854775808::UBIGINT"),
                          SortedKeys.key("18446744073709551615::UBIGINT"))))
          .containsExactly(0L, 1L << 62, Long.MAX_VALUE);
    }
  }
}
