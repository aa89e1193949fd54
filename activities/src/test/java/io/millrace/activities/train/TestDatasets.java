package io.millrace.activities.train;

import io.millrace.activities.dataset.DatasetManifest;
import io.millrace.activities.dataset.DatasetManifest.ColumnInfo;
import io.millrace.activities.dataset.DatasetManifest.Part;
import io.millrace.activities.dataset.DatasetManifest.Role;
import io.millrace.activities.store.ObjectStore;
import io.millrace.workflows.ref.DatasetRef;
import io.millrace.workflows.spec.ColumnType;
import io.millrace.workflows.spec.Task;
import io.millrace.workflows.wire.PayloadJson;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Publishes small dataset versions for tests, from any query DuckDB can answer. */
public final class TestDatasets {
  private TestDatasets() {}

  /** The Taiwan card table: rows in tenths by the hash of their id, 0-7 train, 8 validation. */
  public static DatasetRef credit(ObjectStore store, Path work) throws Exception {
    Path root = Path.of(System.getenv("MILLRACE_ROOT"));
    Path csv = root.resolve("infra/examples/credit/data/UCI_Credit_Card.uci-layout.csv.gz");
    return publish(
        store,
        work,
        Task.BINARY,
        "default.payment.next.month",
        "SELECT * EXCLUDE (ID), hash(ID) % 10 AS tenth FROM read_csv('" + csv + "')",
        List.of("0", "1"));
  }

  /**
   * @param query its column {@code tenth} (0-7 train, 8 validation, 9 test) is not kept; text
   *     columns are categories
   */
  public static DatasetRef publish(
      ObjectStore store, Path work, Task task, String target, String query, List<String> classes)
      throws Exception {
    Files.createDirectories(work);
    List<ColumnInfo> columns = new ArrayList<>();
    List<Part> parts = new ArrayList<>();
    Map<String, Long> rows = new TreeMap<>();
    Map<String, byte[]> files = new TreeMap<>();
    try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
        Statement sql = connection.createStatement()) {
      sql.execute("SET threads = 1");
      sql.execute("CREATE TABLE source AS " + query);
      List<String> selected = new ArrayList<>();
      try (ResultSet described = sql.executeQuery("DESCRIBE source")) {
        while (described.next()) {
          String name = described.getString(1);
          if (name.equals("tenth")) {
            continue;
          }
          boolean isTarget = name.equals(target);
          boolean text =
              isTarget
                  ? task.scored() != Task.REGRESSION
                  : described.getString(2).equals("VARCHAR");
          columns.add(
              new ColumnInfo(
                  name,
                  text ? ColumnType.CATEGORY : ColumnType.NUMBER,
                  isTarget ? Role.TARGET : Role.FEATURE,
                  null,
                  null));
          String quoted = "\"" + name + "\"";
          selected.add(
              "CAST(" + quoted + " AS " + (text ? "VARCHAR" : "DOUBLE") + ") AS " + quoted);
        }
      }
      Map<String, String> splits =
          new TreeMap<>(Map.of("train", "< 8", "validation", "= 8", "test", "= 9"));
      for (Map.Entry<String, String> split : splits.entrySet()) {
        String name = "part-" + split.getKey() + ".parquet";
        Path file = work.resolve(name);
        sql.execute(
            "COPY (SELECT "
                + String.join(", ", selected)
                + " FROM source WHERE tenth "
                + split.getValue()
                + ") TO '"
                + file
                + "' (FORMAT parquet)");
        byte[] bytes = Files.readAllBytes(file);
        long count;
        try (ResultSet counted =
            sql.executeQuery("SELECT count(*) FROM source WHERE tenth " + split.getValue())) {
          counted.next();
          count = counted.getLong(1);
        }
        parts.add(new Part(name, split.getKey(), count, PayloadJson.sha256(bytes), bytes.length));
        rows.put(split.getKey(), count);
        files.put(name, bytes);
      }
    }
    DatasetManifest manifest =
        new DatasetManifest(1, "sample", task, target, classes, columns, parts, rows);
    byte[] json = PayloadJson.mapper().writeValueAsBytes(manifest);
    DatasetRef ref =
        new DatasetRef(
            "sample",
            PayloadJson.sha256(json),
            rows.values().stream().mapToLong(Long::longValue).sum());
    files.forEach((name, bytes) -> store.create(ref.prefix() + name, bytes));
    store.create(ref.prefix() + "manifest.json", json);
    return ref;
  }
}
