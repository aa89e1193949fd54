package io.millrace.activities.data;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.activities.dataset.DuckDb;
import io.millrace.workflows.spec.SplitSpec;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeySplitTest {
  private static final SplitSpec SPEC = new SplitSpec(SplitSpec.Kind.RANDOM, null, 0.2, 0.1, 7);

  @TempDir private Path root;

  private Map<String, Long> split(DuckDb db, String stratum) throws SQLException {
    Map<String, Long> strata = KeySplit.strata(db, stratum);
    try (KeySplit keys =
        new KeySplit(db, root.resolve("keys"), SPEC, strata, "hash(c0, 7)", stratum)) {
      return keys.split().orElseThrow().rows();
    }
  }

  @Test
  void split_isExactToARow_andCountsWhatTheViewHas() throws Exception {
    try (DuckDb db = DuckDb.open(2, root)) {
      db.run("CREATE TABLE clean AS SELECT range AS rn, range AS c0 FROM range(10007)");
      assertThat(split(db, "''"))
          .isEqualTo(Map.of("test", 2001L, "validation", 1001L, "train", 7005L));
      assertThat(db.number("SELECT count(*) FROM parted WHERE part = 2")).isEqualTo(2001);
      assertThat(db.number("SELECT count(*) FROM parted WHERE part = 1")).isEqualTo(1001);
    }
  }

  @Test
  void marks_areTheRowsOfTheView() throws Exception {
    try (DuckDb db = DuckDb.open(2, root)) {
      db.run(
          "CREATE TABLE clean AS SELECT range AS rn, CASE WHEN range % 5 = 0 THEN range // 400 ELSE"
              + " range END AS c0, range % 2 AS c1 FROM range(200000)");
      Map<String, Long> strata = KeySplit.strata(db, "CAST(c1 AS VARCHAR)");
      try (KeySplit keys =
          new KeySplit(
              db, root.resolve("keys"), SPEC, strata, "hash(c0, c1)", "CAST(c1 AS VARCHAR)")) {
        KeySplit.Placed placed = keys.split().orElseThrow();
        for (int part = 0; part < Quota.PARTS.size(); part++) {
          String marked = placed.marks().get(part).sql("rn", 0, 200_000);
          assertThat(
                  db.row(
                      "SELECT count(*), count(*) FILTER (part = %d) FROM parted WHERE %s"
                          .formatted(part, marked)))
              .containsExactly(
                  placed.rows().get(Quota.PARTS.get(part)),
                  placed.rows().get(Quota.PARTS.get(part)));
        }
      }
    }
  }

  @Test
  void split_withinStrata_isExactInEach() throws Exception {
    try (DuckDb db = DuckDb.open(2, root)) {
      db.run(
          "CREATE TABLE clean AS SELECT range AS rn, range AS c0, CASE WHEN range % 100 = 0 THEN"
              + " 'rare' ELSE 'often' END AS c1 FROM range(10000)");
      split(db, "c1");
      assertThat(
              db.rows("SELECT part, count(*) FROM parted WHERE c1 = 'rare' GROUP BY 1 ORDER BY 1"))
          .hasToString("[[0, 70], [1, 10], [2, 20]]");
    }
  }

  @Test
  void split_ofRowsThatRepeat_keepsThemTogether_andIsExactWhereTheyAllow() throws Exception {
    try (DuckDb db = DuckDb.open(2, root)) {
      // one row in three stands alone, the others are five times the same
      db.run(
          "CREATE TABLE clean AS SELECT range AS rn, CASE WHEN range % 3 = 0 THEN range ELSE"
              + " -(range // 15) END AS c0 FROM range(9000)");
      Map<String, Long> rows = split(db, "''");
      assertThat(rows).containsEntry("test", 1800L).containsEntry("validation", 900L);
      assertThat(
              db.number(
                  "SELECT count(*) FROM (SELECT c0 FROM parted GROUP BY c0 HAVING count(DISTINCT"
                      + " part) > 1)"))
          .isZero();
      assertThat(db.number("SELECT count(*) FROM parted WHERE part = 2")).isEqualTo(1800);
    }
  }

  @Test
  void split_doesNotDependOnTheOrderOfRows() throws Exception {
    try (DuckDb db = DuckDb.open(2, root)) {
      db.run("CREATE TABLE clean AS SELECT range AS rn, range AS c0 FROM range(5000)");
      split(db, "''");
      db.run("CREATE TABLE first AS SELECT c0, part FROM parted");
      db.run("DROP VIEW parted");
      db.run("DROP TABLE clean");
      db.run("CREATE TABLE clean AS SELECT range AS rn, 4999 - range AS c0 FROM range(5000)");
      split(db, "''");
      assertThat(
              db.number(
                  "SELECT count(*) FROM first JOIN parted USING (c0) WHERE first.part ="
                      + " parted.part"))
          .isEqualTo(5000);
    }
  }
}
