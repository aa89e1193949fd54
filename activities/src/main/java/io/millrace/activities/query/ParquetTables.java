package io.millrace.activities.query;

import io.millrace.activities.dataset.DuckDb;
import io.millrace.activities.query.StoredTable.Field;
import io.millrace.activities.query.StoredTable.Format;
import io.millrace.activities.store.ObjectStore;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Parquet objects that somebody else wrote, as a table: columns and types are those of the smallest
 * of them, which is the only one that is fetched. All must have the same columns in the same order.
 */
public final class ParquetTables {
  /** DuckDB's word for a type, and Hive's. */
  private static final Map<String, String> TYPES =
      Map.ofEntries(
          Map.entry("BOOLEAN", "boolean"),
          Map.entry("TINYINT", "tinyint"),
          Map.entry("SMALLINT", "smallint"),
          Map.entry("INTEGER", "int"),
          Map.entry("BIGINT", "bigint"),
          Map.entry("FLOAT", "float"),
          Map.entry("DOUBLE", "double"),
          Map.entry("VARCHAR", "string"),
          Map.entry("DATE", "date"),
          Map.entry("TIMESTAMP", "timestamp"));

  private ParquetTables() {}

  /**
   * Every Parquet object under a prefix; names that begin with {@code _} or {@code .} are none.
   *
   * @param store rooted where the objects are
   * @param prefix ends with a slash
   * @throws io.temporal.failure.ApplicationFailure {@code DATA_UNREADABLE} when there is none, or a
   *     column has a type that engines do not share
   */
  public static StoredTable under(ObjectStore store, String prefix, Path scratch) {
    List<String> keys =
        store.list(prefix).stream()
            .filter(key -> key.endsWith(Format.PARQUET.ending()))
            .filter(key -> !key.substring(prefix.length()).matches("(.*/)?[_.].*"))
            .toList();
    String smallest =
        keys.stream()
            .min(Comparator.comparing(key -> store.sizeBytes(key).orElse(Long.MAX_VALUE)))
            .orElseThrow(
                () ->
                    Failures.of(
                        FailureType.DATA_UNREADABLE,
                        store.location(prefix) + " (expected: .parquet objects under it)"));
    try {
      Files.createDirectories(scratch);
      Path file = Files.createTempFile(scratch, "schema", ".parquet");
      try {
        store.fetch(smallest, file);
        return new StoredTable(
            prefix, Format.PARQUET, fields(file, store.location(smallest)), null, null);
      } finally {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw Failures.of(
          FailureType.STORE_UNAVAILABLE, e, "scratch: " + scratch + " (expected: writable): " + e);
    }
  }

  private static List<Field> fields(Path file, String location) {
    List<Field> fields = new ArrayList<>();
    try (DuckDb db = DuckDb.open(1, file.resolveSibling("spill"))) {
      for (List<@Nullable Object> row :
          db.rows("DESCRIBE SELECT * FROM read_parquet(" + DuckDb.text(file.toString()) + ")")) {
        String column = String.valueOf(row.get(0));
        String type = String.valueOf(row.get(1));
        String hive = type.startsWith("DECIMAL") ? type.toLowerCase(Locale.ROOT) : TYPES.get(type);
        if (hive == null) {
          throw Failures.of(
              FailureType.DATA_UNREADABLE,
              "%s: column %s is %s (expected: a number, text, boolean, date or timestamp without a zone)"
                  .formatted(location, column, type));
        }
        fields.add(new Field(column, hive));
      }
    } catch (SQLException e) {
      throw Failures.of(FailureType.DATA_UNREADABLE, location + " (expected: readable Parquet)");
    }
    return fields;
  }
}
