package io.millrace.infra.cli;

import io.millrace.activities.data.SuggestedExpectations;
import io.millrace.activities.dataset.DuckDb;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A CSV (also gz), Parquet or JSON lines file, read in order with DuckDB. */
final class TableFile {
  private final Path file;
  private final String format;

  private TableFile(Path file, String format) {
    this.file = file;
    this.format = format;
  }

  static TableFile of(String option, String path) {
    Path file = Path.of(path);
    if (!Files.isRegularFile(file)) {
      throw CliFailure.bad(option + ": " + path + " (expected: a file)");
    }
    String name = path.toLowerCase(Locale.ROOT);
    String format =
        name.matches(".*\\.(csv|csv\\.gz|tsv|tsv\\.gz)")
            ? "csv"
            : name.endsWith(".parquet")
                ? "parquet"
                : name.matches(".*\\.(jsonl|ndjson)(\\.gz)?") ? "jsonl" : "";
    if (format.isEmpty()) {
      throw CliFailure.bad(
          option + ": " + path + " (expected: .csv, .csv.gz, .parquet, .jsonl or .jsonl.gz)");
    }
    return new TableFile(file, format);
  }

  /** {@code csv}, {@code parquet} or {@code jsonl}. */
  String format() {
    return format;
  }

  /**
   * @param distinct values, about
   */
  record ColumnInfo(String name, String type, long distinct, long missing) {}

  /** Names and inferred types, with counts over all rows. */
  List<ColumnInfo> columns() {
    return query(
        "SUMMARIZE SELECT * FROM " + relation(false),
        rows -> {
          List<ColumnInfo> columns = new ArrayList<>();
          while (rows.next()) {
            long count = rows.getLong("count");
            double nulls = rows.getDouble("null_percentage");
            columns.add(
                new ColumnInfo(
                    rows.getString("column_name"),
                    rows.getString("column_type"),
                    rows.getLong("approx_unique"),
                    Math.round(count * nulls / 100)));
          }
          return columns;
        });
  }

  long distinct(String column) {
    return query(
        "SELECT count(DISTINCT " + DuckDb.name(column) + ") FROM " + relation(false),
        rows -> rows.next() ? rows.getLong(1) : 0L);
  }

  long rows() {
    return query("SELECT count(*) FROM " + relation(false), r -> r.next() ? r.getLong(1) : 0L);
  }

  /** Every row's columns as the file writes them, in order; null for a missing value. */
  void each(List<String> columns, Consumer<@Nullable String[]> row) {
    String list =
        String.join(
            ", ", columns.stream().map(c -> "CAST(" + DuckDb.name(c) + " AS VARCHAR)").toList());
    query(
        "SELECT " + list + " FROM " + relation(true),
        rows -> {
          while (rows.next()) {
            @Nullable String[] values = new String[columns.size()];
            for (int i = 0; i < values.length; i++) {
              values[i] = rows.getString(i + 1);
            }
            row.accept(values);
          }
          return true;
        });
  }

  /** SQL that gives its rows, types inferred. */
  String relation() {
    return relation(false);
  }

  /**
   * What it says about tables to come.
   *
   * @param target null when nothing is learned
   */
  SuggestedExpectations.Suggested suggested(@Nullable String target) {
    List<String> names = columns().stream().map(ColumnInfo::name).toList();
    try (DuckDb db = DuckDb.open(2, Path.of(System.getProperty("java.io.tmpdir")))) {
      return SuggestedExpectations.of(db, relation(true), names, target);
    } catch (SQLException e) {
      throw new CliFailure(
          ExitCode.BAD_INPUT, file + ": cannot be read (expected: a " + format + " table)", e);
    }
  }

  private String relation(boolean text) {
    String path = DuckDb.text(file.toAbsolutePath().toString());
    return switch (format) {
      case "csv" -> "read_csv(" + path + (text ? ", header = true, all_varchar = true)" : ")");
      case "parquet" -> "read_parquet(" + path + ")";
      default -> "read_json(" + path + ", format = 'newline_delimited')";
    };
  }

  private interface Reader<T> {
    T read(ResultSet rows) throws SQLException;
  }

  private <T> T query(String sql, Reader<T> reader) {
    Properties settings = new Properties();
    settings.setProperty("jdbc_stream_results", "true");
    try (Connection connection = DriverManager.getConnection("jdbc:duckdb:", settings);
        Statement statement = connection.createStatement()) {
      statement.execute("SET preserve_insertion_order = true");
      try (ResultSet rows = statement.executeQuery(sql)) {
        return reader.read(rows);
      }
    } catch (SQLException e) {
      String words = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      throw new CliFailure(
          ExitCode.BAD_INPUT, file + ": " + words + " (expected: a " + format + " table)", e);
    }
  }
}
