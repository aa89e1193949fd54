package io.millrace.activities.data;

import io.millrace.activities.dataset.DuckDb;
import io.millrace.activities.store.ObjectStore;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.data.DataActivities.RecentRows;
import io.millrace.workflows.spec.DataSpec;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Adds the prediction log's rows that have labels to {@code raw}, after the source's rows. One row
 * per entity: its newest prediction within the window, with its newest label. Features are taken by
 * name, the target is the label, the id is the entity and the time is the prediction's; columns the
 * log does not have are missing.
 */
final class RecentRowsReader {
  private static final Pattern DAY = Pattern.compile("/dt=(\\d{4}-\\d{2}-\\d{2})/");
  private final DuckDb db;
  private final ObjectStore store;
  private final Path folder;

  /**
   * @param folder an own folder for fetched parts
   */
  RecentRowsReader(DuckDb db, ObjectStore store, Path folder) {
    this.db = db;
    this.store = store;
    this.folder = folder;
  }

  /**
   * @return rows added
   * @throws io.temporal.failure.ApplicationFailure {@code DATA_INVALID} when nothing else is to be
   *     read and there are none
   */
  long append(RecentRows recent, DataSpec data, List<RawColumn> columns) throws SQLException {
    boolean alone = alone(recent);
    if (alone) {
      // the source said what the columns are, and has said everything
      db.run("DELETE FROM raw");
    }
    long added = add(recent, data, columns);
    if (alone && added == 0) {
      throw Failures.of(
          FailureType.DATA_INVALID,
          "labelled predictions of %s from %s to %s: 0 rows (expected: > 0)"
              .formatted(recent.model(), recent.from(), recent.to()));
    }
    return added;
  }

  /** Whether they are all there is: then they are split as a source's rows are. */
  static boolean alone(@Nullable RecentRows recent) {
    return recent != null && Boolean.TRUE.equals(recent.alone());
  }

  private long add(RecentRows recent, DataSpec data, List<RawColumn> columns) throws SQLException {
    Long most = recent.rows();
    if (!(most == null ? joined(recent, log(recent)) : newest(recent, most))) {
      return 0;
    }
    long before = db.number("SELECT count(*) FROM raw");
    Map<String, String> types = new HashMap<>();
    for (List<@Nullable Object> row : db.rows("DESCRIBE raw")) {
      types.put(String.valueOf(row.get(0)), String.valueOf(row.get(1)));
    }
    List<String> values =
        columns.stream()
            .map(c -> "try_cast(" + value(c, data) + " AS " + types.get(c.sql()) + ")")
            .toList();
    db.run(
        "INSERT INTO raw SELECT "
            + String.join(", ", values)
            + " FROM (SELECT * FROM predicted JOIN labelled ON predicted.entity = labelled.id"
            + (most == null ? "" : " ORDER BY happened DESC, entity DESC LIMIT " + most)
            + ") ORDER BY happened, entity");
    return db.number("SELECT count(*) FROM raw") - before;
  }

  /** Looks back twice as far each time until there are as many rows, or no more of the log. */
  private boolean newest(RecentRows recent, long most) throws SQLException {
    List<String> all = log(recent);
    Duration back = Duration.ofDays(1);
    while (true) {
      Instant from = recent.to().minus(back);
      RecentRows window = new RecentRows(recent.model(), from, recent.to());
      List<String> log = log(window);
      boolean whole = log.size() == all.size();
      if (joined(whole ? recent : window, log)
          && (whole
              || db.number(
                      "SELECT count(*) FROM predicted JOIN labelled ON predicted.entity ="
                          + " labelled.id")
                  >= most)) {
        return true;
      }
      if (whole) {
        return false;
      }
      db.run("DROP TABLE IF EXISTS predicted");
      db.run("DROP TABLE IF EXISTS labelled");
      back = back.multipliedBy(2);
    }
  }

  /** Parts that may have rows of the time. */
  private List<String> log(RecentRows recent) {
    LocalDate first = recent.from().atZone(ZoneOffset.UTC).toLocalDate();
    LocalDate last = recent.to().atZone(ZoneOffset.UTC).toLocalDate();
    List<String> log = new ArrayList<>();
    for (String key : store.list("predictions/" + recent.model() + "/")) {
      Matcher day = DAY.matcher(key);
      if (key.endsWith(".jsonl.gz") && day.find()) {
        // a part is named after the hour it was begun in, and may reach into the next day
        LocalDate date = LocalDate.parse(day.group(1));
        if (!date.isBefore(first.minusDays(1)) && !date.isAfter(last)) {
          log.add(key);
        }
      }
    }
    return log;
  }

  /** Makes {@code predicted} and {@code labelled}; false where there is nothing to make them of. */
  private boolean joined(RecentRows recent, List<String> log) throws SQLException {
    List<String> labels =
        store.list("labels/" + recent.model() + "/").stream()
            .filter(key -> key.endsWith(".jsonl.gz"))
            .toList();
    if (log.isEmpty() || labels.isEmpty()) {
      return false;
    }
    try {
      db.run(
          "CREATE TABLE labelled AS SELECT id, arg_max(label, \"at\") AS label FROM"
              + " read_json(%s, format = 'newline_delimited', compression = 'gzip', columns ="
                  .formatted(fetched("labels", labels))
              + " {\"at\": 'VARCHAR', id: 'VARCHAR', label: 'VARCHAR'}) GROUP BY id");
      db.run(
          "CREATE TABLE predicted AS SELECT entity, arg_max(features, happened) AS features,"
              + " max(happened) AS happened FROM (SELECT json_extract_string(data, '/entity') AS"
              + " entity, json_extract(data, '/features') AS features, CAST(time AS TIMESTAMPTZ) AS"
              + " happened FROM read_json(%s, format = 'newline_delimited', compression = 'gzip',"
                  .formatted(fetched("log", log))
              + " columns = {time: 'VARCHAR', data: 'JSON'})) WHERE entity IS NOT NULL"
              + " AND happened >= "
              + time(recent.from().toString())
              + " AND happened < "
              + time(recent.to().toString())
              + " GROUP BY entity");
    } catch (SQLException e) {
      throw Failures.of(
          FailureType.STORE_CORRUPT,
          "predictions/%1$s/ and labels/%1$s/ (expected: gzipped JSON lines): %2$s"
              .formatted(recent.model(), SourceReader.kind(String.valueOf(e.getMessage()))));
    }
    return true;
  }

  private static String value(RawColumn column, DataSpec data) {
    String name = column.name();
    if (name.equals(data.target())) {
      return "label";
    }
    if (name.equals(data.id())) {
      return "entity";
    }
    if (name.equals(data.time())) {
      return "strftime(CAST(happened AS TIMESTAMP), '%Y-%m-%dT%H:%M:%S.%fZ')";
    }
    String pointer = "/" + name.replace("~", "~0").replace("/", "~1");
    return "json_extract_string(features, " + DuckDb.text(pointer) + ")";
  }

  private String fetched(String kind, List<String> keys) {
    List<String> files = new ArrayList<>();
    for (String key : keys) {
      Path file = folder.resolve(kind + "-" + files.size());
      store.fetch(key, file);
      files.add(file.toString());
    }
    return DuckDb.texts(files);
  }

  private static String time(String instant) {
    return "CAST(" + DuckDb.text(instant) + " AS TIMESTAMPTZ)";
  }
}
