package io.millrace.activities.data;

import io.millrace.activities.dataset.DuckDb;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Adds the columns that {@code data.derive} makes to {@code raw}, after the source's, by name. An
 * expression sees the source's columns under their names, texts as texts, and no other derived one.
 * To be called once the engine is locked: an expression is the user's own SQL.
 */
final class DerivedColumns {
  private DerivedColumns() {}

  /**
   * @return all columns, the derived ones last
   * @throws io.temporal.failure.ApplicationFailure {@code CONFIG_INVALID} for an expression that
   *     cannot be computed or gives no value a row, {@code DATA_INVALID} for a name that is taken
   */
  static List<RawColumn> add(DuckDb db, List<RawColumn> raw, Map<String, String> derive)
      throws SQLException {
    if (derive.isEmpty()) {
      return raw;
    }
    String named =
        String.join(", ", raw.stream().map(c -> c.sql() + " AS " + DuckDb.name(c.name())).toList());
    long rows = db.number("SELECT count(*) FROM raw");
    List<RawColumn> columns = new ArrayList<>(raw);
    for (Map.Entry<String, String> one : new TreeMap<>(derive).entrySet()) {
      String path = "data.derive." + one.getKey();
      free(path, one.getKey(), columns);
      String sql = "c" + columns.size();
      try {
        db.run(
            "CREATE TABLE derived AS SELECT (%s) AS %s FROM (SELECT %s FROM raw)"
                .formatted(one.getValue(), sql, named));
      } catch (SQLException e) {
        // what DuckDB says may quote values: only the kind of error leaves
        throw invalid(
            path + ": " + SourceReader.kind(String.valueOf(e.getMessage())),
            "an expression over the columns that DuckDB can compute; text must be cast");
      }
      long made = db.number("SELECT count(*) FROM derived");
      if (made != rows) {
        throw invalid(path + ": " + made + " values for " + rows + " rows", "one value a row");
      }
      List<@Nullable Object> described = db.row("DESCRIBE derived");
      columns.add(
          new RawColumn(
              columns.size(), one.getKey(), RawColumn.familyOf(String.valueOf(described.get(1)))));
      // both keep the order of rows, so what stands side by side belongs together
      db.run("CREATE TABLE wider AS SELECT * FROM raw POSITIONAL JOIN derived");
      db.run("DROP TABLE raw");
      db.run("DROP TABLE derived");
      db.run("ALTER TABLE wider RENAME TO raw");
    }
    return columns;
  }

  /** No column of that name yet; names that differ by case only count as equal. */
  static void free(String what, String name, List<RawColumn> columns) {
    if (columns.stream().anyMatch(c -> c.name().equalsIgnoreCase(name))) {
      throw DataChecks.invalid(
          what + ": the source has a column of that name", "another name than " + name);
    }
  }

  private static RuntimeException invalid(String what, String expected) {
    return Failures.of(FailureType.CONFIG_INVALID, what + " (expected: " + expected + ")");
  }
}
