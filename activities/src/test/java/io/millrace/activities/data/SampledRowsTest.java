package io.millrace.activities.data;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.activities.data.RawColumn.Family;
import io.millrace.activities.dataset.DatasetManifest.Role;
import io.millrace.activities.dataset.DuckDb;
import io.millrace.workflows.spec.ColumnType;
import io.millrace.workflows.spec.Task;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SampledRowsTest {
  private static final double BOUND = 0.999999;
  @TempDir private Path root;

  private static Column column(int index, ColumnType type, Role role) {
    RawColumn raw = new RawColumn(index, "column " + index, Family.NUMBER);
    return new Column(raw, type, role, false, raw.sql());
  }

  private static List<Column> columns(int features, ColumnType target) {
    List<Column> columns = new java.util.ArrayList<>();
    columns.add(column(0, target, Role.TARGET));
    for (int i = 1; i <= features; i++) {
      columns.add(column(i, ColumnType.NUMBER, Role.FEATURE));
    }
    return columns;
  }

  private static List<String> names(List<Column> columns) {
    return columns.stream().map(Column::sql).toList();
  }

  @Test
  void correlated_leavesNoneOutThatIsSoOverAllRows() throws Exception {
    try (DuckDb db = DuckDb.open(1, root)) {
      // c1 is noise; c2 the target; c3 the target but for rows that the sample does not have;
      // c4 the target but for a few rows that it has; c5 one value on the sample
      db.run(
          "CREATE TABLE clean AS SELECT *, c2 + CASE WHEN rn % 10 = 0 AND rn < 40 THEN 0.01 ELSE 0"
              + " END AS c4, CASE WHEN rn < 20000 THEN NULL ELSE c2 END AS c5 FROM (SELECT range AS"
              + " rn, CASE WHEN hash(range) % 2 = 0 THEN 'a' ELSE 'b' END AS c0, hash(range, 1) %"
              + " 1000 AS c1, hash(range) % 2 AS c2, hash(range) % 2 + CASE WHEN range > 99999 AND"
              + " range % 10 = 3 THEN 0.2 ELSE 0 END AS c3 FROM range(200000))");
      SampledRows sample =
          SampledRows.of(
              db, Task.BINARY, columns(5, ColumnType.CATEGORY), List.of("a", "b"), 200_000);
      List<String> may = names(sample.correlated(BOUND));
      assertThat(may).contains("c2", "c3", "c4", "c5").doesNotContain("c1");
      for (int i = 1; i <= 5; i++) {
        double r =
            ((Number)
                    db.row("SELECT corr(c%d, CAST(c0 = 'b' AS INTEGER)) FROM clean".formatted(i))
                        .getFirst())
                .doubleValue();
        assertThat(Math.abs(r) < BOUND || may.contains("c" + i)).as("c%d: %f", i, r).isTrue();
      }
    }
  }

  @Test
  void asManyAs_leavesNoneOutThatStandsOneToOne() throws Exception {
    try (DuckDb db = DuckDb.open(1, root)) {
      // c1 has more values, c2 as many, one to one; c3 as many, but not one to one
      db.run(
          "CREATE TABLE clean AS SELECT range AS rn, range % 7 AS c0, range % 50 AS c1,"
              + " 6 - range % 7 AS c2, range // 7 % 7 AS c3 FROM range(100000)");
      SampledRows sample =
          SampledRows.of(db, Task.REGRESSION, columns(3, ColumnType.NUMBER), List.of(), 100_000);
      assertThat(names(sample.asManyAs(7))).containsExactly("c2");
    }
  }
}
