package io.millrace.activities.data;

import io.millrace.activities.data.RawColumn.Family;
import io.millrace.activities.dataset.DuckDb;
import io.millrace.activities.store.ObjectStore;
import io.millrace.inference.log.PartProfile;
import io.millrace.inference.profile.ColumnProfile;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.data.DataActivities.RecentRows;
import io.millrace.workflows.spec.DataSpec;
import io.millrace.workflows.spec.PredictionsSpec;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * The labelled rows of a model's prediction log as a table: the id column (the entity), the time
 * column when one is named, every feature that was logged, and the target (the label). The window
 * ends with the newest prediction, so that a repeat gives the same rows.
 */
final class PredictionsSource {
  private static final String PROFILE = ".profile.json";
  private final DuckDb db;
  private final ObjectStore store;
  private final Path folder;

  /**
   * @param folder an own folder for fetched parts
   */
  PredictionsSource(DuckDb db, ObjectStore store, Path folder) {
    this.db = db;
    this.store = store;
    this.folder = folder;
  }

  /**
   * @throws io.temporal.failure.ApplicationFailure {@code DATA_UNREADABLE} when nothing was logged
   */
  ReadTable read(DataSpec data) throws SQLException {
    PredictionsSpec spec = Objects.requireNonNull(data.source().predictions());
    String shown = data.source().location();
    Set<String> names = new LinkedHashSet<>();
    names.add(Objects.requireNonNull(data.id()));
    if (data.time() != null) {
      names.add(data.time());
    }
    Instant newest = Instant.MIN;
    for (String key : store.list("predictions/" + spec.model() + "/")) {
      if (key.endsWith(PROFILE)) {
        PartProfile part = part(key);
        newest = part.to().isAfter(newest) ? part.to() : newest;
        for (ColumnProfile column : part.profile().columns()) {
          if (!column.name().equals(PartProfile.PREDICTION)) {
            names.add(column.name());
          }
        }
      }
    }
    if (newest.equals(Instant.MIN)) {
      throw Failures.of(
          FailureType.DATA_UNREADABLE, "source: " + shown + " has no rows (expected: a log)");
    }
    names.add(data.target());
    List<RawColumn> columns = new ArrayList<>();
    names.forEach(name -> columns.add(new RawColumn(columns.size(), name, Family.TEXT)));
    CsvHeader.unique(List.copyOf(names), shown);
    db.run(
        "CREATE TABLE raw ("
            + String.join(", ", columns.stream().map(c -> c.sql() + " VARCHAR").toList())
            + ")");
    Instant end = newest.plus(1, ChronoUnit.MICROS);
    Instant from = spec.last() == null ? Instant.EPOCH : end.minus(spec.last());
    new RecentRowsReader(db, store, folder)
        .append(new RecentRows(spec.model(), from, end), data, columns);
    return new ReadTable(columns, shown, newest);
  }

  private PartProfile part(String key) {
    try {
      return PartProfile.fromJson(store.get(key).orElseThrow());
    } catch (IllegalArgumentException e) {
      throw Failures.of(
          FailureType.STORE_CORRUPT, e, "object: " + key + " (expected: a part's profile)");
    }
  }
}
