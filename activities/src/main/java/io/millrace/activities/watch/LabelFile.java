package io.millrace.activities.watch;

import io.millrace.activities.dataset.DuckDb;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.labels.LabelBatch;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads two columns of a file that a person wrote, as texts. */
final class LabelFile {
  private LabelFile() {}

  static List<LabelBatch.Row> read(Path file, String id, String target) {
    if (!Files.isReadable(file)) {
      throw invalid("file: " + file + " (expected: a file that can be read)", null);
    }
    String name = file.getFileName().toString().replaceAll("\\.gz$", "");
    String path = DuckDb.text(file.toAbsolutePath().toString());
    String table;
    if (name.endsWith(".csv")) {
      table = "read_csv(" + path + ", all_varchar=true, header=true)";
    } else if (name.endsWith(".jsonl") || name.endsWith(".ndjson") || name.endsWith(".json")) {
      table = "read_json(" + path + ", format='newline_delimited')";
    } else {
      throw invalid("file: " + file + " (expected: .csv, .jsonl, each also .gz)", null);
    }
    try (Connection duckdb = DriverManager.getConnection("jdbc:duckdb:")) {
      for (String column : List.of(id, target)) {
        if (!columns(duckdb, table).contains(column)) {
          throw invalid(
              "column "
                  + column
                  + ": missing in "
                  + file.getFileName()
                  + " (expected: columns "
                  + id
                  + " and "
                  + target
                  + ")",
              null);
        }
      }
      String query =
          "select cast(%s as varchar), cast(%s as varchar) from %s"
              .formatted(DuckDb.name(id), DuckDb.name(target), table);
      List<LabelBatch.Row> rows = new ArrayList<>();
      try (Statement statement = duckdb.createStatement();
          ResultSet result = statement.executeQuery(query)) {
        while (result.next()) {
          String first = result.getString(1);
          String second = result.getString(2);
          rows.add(
              new LabelBatch.Row(
                  rows.size() + 1L, first == null ? "" : first, second == null ? "" : second));
        }
      }
      return rows;
    } catch (SQLException e) {
      String reason = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      throw invalid("file: " + file + " (expected: to be read as its ending says): " + reason, e);
    }
  }

  private static List<String> columns(Connection duckdb, String table) throws SQLException {
    List<String> columns = new ArrayList<>();
    try (Statement statement = duckdb.createStatement();
        ResultSet result = statement.executeQuery("describe select * from " + table)) {
      while (result.next()) {
        columns.add(result.getString(1));
      }
    }
    return columns;
  }

  private static RuntimeException invalid(String message, @Nullable Exception cause) {
    return Failures.of(FailureType.REQUEST_INVALID, cause, message);
  }
}
