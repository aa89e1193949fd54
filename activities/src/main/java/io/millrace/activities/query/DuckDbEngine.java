package io.millrace.activities.query;

import io.millrace.activities.dataset.DuckDb;
import io.millrace.activities.query.StoredTable.Format;
import io.millrace.activities.store.ObjectStore;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The database in this process: objects are fetched to a folder of its own, which goes when it is
 * closed. Of a log, only hours that a table's span touches are fetched.
 */
public final class DuckDbEngine implements QueryEngine {
  /** Enough for reading; the number does not change what is read. */
  private static final int THREADS = 2;

  private final ObjectStore store;
  private final Path folder;

  /**
   * @param scratch an own folder is made there
   */
  public DuckDbEngine(ObjectStore store, Path scratch) {
    this.store = store;
    try {
      Files.createDirectories(scratch);
      this.folder = Files.createTempDirectory(scratch, "query");
    } catch (IOException e) {
      throw Failures.of(
          FailureType.STORE_UNAVAILABLE, e, "scratch: " + scratch + " (expected: writable): " + e);
    }
  }

  @Override
  public Dialect dialect() {
    return Dialect.DUCKDB;
  }

  @Override
  public String relation(StoredTable table, Asked asked) {
    List<String> keys = table.keys() == null ? store.list(table.prefix()) : table.keys();
    Path own = folder.resolve(PayloadJson.sha256(table.prefix().getBytes(StandardCharsets.UTF_8)));
    List<String> files = new ArrayList<>();
    for (String key : keys) {
      if (key.endsWith(table.format().ending())) {
        Path file = own.resolve(key.substring(table.prefix().length()));
        if (!Files.exists(file)) {
          asked.progress().accept(key);
          fetch(key, file);
        }
        files.add(file.toString());
      }
    }
    return TableSql.rows(Dialect.DUCKDB, table, from(table, files), "");
  }

  private void fetch(String key, Path file) {
    try {
      Files.createDirectories(file.getParent());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    store.fetch(key, file);
  }

  private static String from(StoredTable table, List<String> files) {
    int width = table.fields().size();
    if (table.format() == Format.PARQUET) {
      String places = DuckDb.list(width, i -> TableSql.place((int) i));
      return files.isEmpty()
          ? "(SELECT %s WHERE false) AS t(%s)"
              .formatted(
                  DuckDb.list(
                      width,
                      i ->
                          table.fields().get((int) i).number()
                              ? "CAST(NULL AS DOUBLE)"
                              : "CAST(NULL AS VARCHAR)"),
                  places)
          : "read_parquet(%s, hive_partitioning = false) AS t(%s)"
              .formatted(DuckDb.texts(files), places);
    }
    return files.isEmpty()
        ? "(SELECT '' AS line, '' AS dt, '' AS hr WHERE false)"
        : ("read_csv(%s, auto_detect = false, header = false, delim = '\\x01', quote = '',"
                + " escape = '', columns = {'line': 'VARCHAR'}, hive_partitioning = true,"
                + " hive_types = {'dt': VARCHAR, 'hr': VARCHAR})")
            .formatted(DuckDb.texts(files));
  }

  @Override
  public Answer ask(String sql, Asked asked) {
    try (DuckDb db = DuckDb.open(THREADS, folder.resolve("spill"))) {
      List<List<@Nullable String>> rows = new ArrayList<>();
      for (List<@Nullable Object> row : db.rows(sql)) {
        List<@Nullable String> texts = new ArrayList<>();
        row.forEach(value -> texts.add(value == null ? null : String.valueOf(value)));
        rows.add(texts);
      }
      if (rows.size() > MOST_ROWS) {
        throw Failures.of(
            FailureType.CONFIG_INVALID,
            "answer: %d rows (expected: at most %d)".formatted(rows.size(), MOST_ROWS));
      }
      return new Answer(rows, 0);
    } catch (SQLException e) {
      // what DuckDB says may quote values: only the kind of error leaves
      String kind = String.valueOf(e.getMessage()).split(":", 2)[0];
      throw Failures.of(
          FailureType.CONFIG_INVALID,
          "query: " + kind + " (expected: readable objects and a condition DuckDB can evaluate)");
    }
  }

  @Override
  public void close() {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
