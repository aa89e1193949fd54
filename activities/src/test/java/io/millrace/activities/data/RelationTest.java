package io.millrace.activities.data;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.activities.dataset.DuckDb;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RelationTest {
  private static final String ROWS = "SELECT range * 10 AS c0, 'x' || range AS c1 FROM range(6)";

  @TempDir private Path root;

  private Relation relation(DuckDb db, boolean file) {
    return file ? Relation.file(db, "raw", root) : Relation.table(db, "raw");
  }

  private static List<List<@Nullable Object>> rows(DuckDb db) throws Exception {
    return db.rows("SELECT rowid, c0, c1 FROM raw ORDER BY rowid");
  }

  private List<String> files() throws Exception {
    try (Stream<Path> files = Files.list(root)) {
      return files.map(file -> String.valueOf(file.getFileName())).sorted().toList();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void rows_keepTheirNumbers_whenOthersAreLeftOut(boolean file) throws Exception {
    try (DuckDb db = DuckDb.open(2, root.resolve("spill"))) {
      Relation raw = relation(db, file);
      raw.create(ROWS, false);
      raw.leaveOut("rowid", "SELECT rowid FROM raw WHERE c0 > 1000");
      raw.leaveOut("rowid", "SELECT rowid FROM raw WHERE c0 IN (0, 30)");
      raw.leaveOut("rowid", "SELECT rowid FROM raw WHERE c1 = 'x5' UNION ALL SELECT 5");
      assertThat(rows(db))
          .containsExactly(List.of(1L, 10L, "x1"), List.of(2L, 20L, "x2"), List.of(4L, 40L, "x4"));
      assertThat(raw.everything()).isEqualTo(file ? "raw_0" : "raw");
      assertThat(db.number("SELECT count(*) FROM " + raw.everything())).isEqualTo(file ? 6 : 3);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void rewrite_changesColumns_andKeepsOneCopyOfTheRows(boolean file) throws Exception {
    try (DuckDb db = DuckDb.open(2, root.resolve("spill"))) {
      Relation raw = relation(db, file);
      raw.create(ROWS, false);
      raw.rewrite("* REPLACE (upper(c1) AS c1)");
      assertThat(rows(db)).hasSize(6).startsWith(List.of(0L, 0L, "X0"), List.of(1L, 10L, "X1"));
      assertThat(files()).isEqualTo(file ? List.of("raw-1.parquet") : List.of());
      Relation typed = raw.beside("typed");
      typed.create("SELECT rowid AS rn, c0 FROM raw ORDER BY rowid DESC", true);
      raw.drop();
      assertThat(files()).isEqualTo(file ? List.of("typed-0.parquet") : List.of());
      assertThat(db.rows("SELECT * FROM typed LIMIT 1")).containsExactly(List.of(5L, 50L));
    }
  }

  @Test
  void create_again_replacesTheRowsThereWere() throws Exception {
    try (DuckDb db = DuckDb.open(2, root.resolve("spill"))) {
      Relation raw = relation(db, true);
      raw.create(ROWS, false);
      raw.create(ROWS + " LIMIT 2", false);
      assertThat(rows(db)).containsExactly(List.of(0L, 0L, "x0"), List.of(1L, 10L, "x1"));
    }
  }
}
