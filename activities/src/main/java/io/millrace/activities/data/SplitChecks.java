package io.millrace.activities.data;

import io.millrace.activities.dataset.DatasetManifest;
import io.millrace.activities.dataset.DatasetManifest.Role;
import io.millrace.activities.dataset.DuckDb;
import io.millrace.workflows.port.data.DataActivities.ExpectationOutcome;
import io.millrace.workflows.spec.DataSpec;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Whether every split can be used for what it is for. */
final class SplitChecks {
  private SplitChecks() {}

  /**
   * Divides the rows and looks at what came of it.
   *
   * @param follows whether there are rows already, which have every class
   * @param features what is looked at meanwhile: it is told of first, whoever is faster
   * @throws io.temporal.failure.ApplicationFailure {@code DATA_INVALID}
   */
  static List<ExpectationOutcome> divide(
      DuckDb db,
      Path folder,
      DataSpec data,
      List<Column> columns,
      List<String> classes,
      Splitter splitter,
      boolean follows,
      Aside<?> features)
      throws SQLException {
    try (Ids ids = ids(db, folder, columns)) {
      List<ExpectationOutcome> outcomes = new ArrayList<>(splitter.split());
      if (!follows) {
        check(db, data, columns, classes, splitter.rows());
      }
      outcomes.addAll(ids.outcomes());
      return outcomes;
    } catch (SQLException | RuntimeException e) {
      features.answer();
      throw e;
    }
  }

  /**
   * Each split that was asked for has rows; for binary each has both classes, for multiclass the
   * training split has every class.
   *
   * @throws io.temporal.failure.ApplicationFailure {@code DATA_INVALID}
   */
  private static void check(
      DuckDb db, DataSpec data, List<Column> columns, List<String> classes, Map<String, Long> rows)
      throws SQLException {
    require(rows, DatasetManifest.TRAIN, 1);
    require(rows, DatasetManifest.VALIDATION, data.split().validation());
    require(rows, DatasetManifest.TEST, data.split().test());
    if (classes.isEmpty()) {
      return;
    }
    Column target = columns.stream().filter(c -> c.role() == Role.TARGET).findFirst().orElseThrow();
    // where the first rows of each split have them all, the others are not asked
    String first = "(SELECT %1$s, part FROM parted LIMIT 50000)".formatted(target.sql());
    if (lacking(db, target, classes, rows, first).isEmpty()) {
      return;
    }
    for (String lack : lacking(db, target, classes, rows, "parted")) {
      throw DataChecks.invalid(lack, "all; take more rows or another split");
    }
  }

  private static List<String> lacking(
      DuckDb db, Column target, List<String> classes, Map<String, Long> rows, String from)
      throws SQLException {
    Map<Integer, Integer> found = new HashMap<>();
    for (List<@Nullable Object> row :
        db.rows(
            "SELECT part, count(DISTINCT %s) FROM %s GROUP BY 1".formatted(target.sql(), from))) {
      if (row.get(0) instanceof Number part && row.get(1) instanceof Number count) {
        found.put(part.intValue(), count.intValue());
      }
    }
    List<String> lacking = new ArrayList<>();
    for (int part = 0; part < Splitter.PARTS.size(); part++) {
      String split = Splitter.PARTS.get(part);
      boolean all = classes.size() == 2 || part == 0;
      int has = found.getOrDefault(part, 0);
      if (all && rows.containsKey(split) && has < classes.size()) {
        lacking.add(
            "%s: %d of %d classes in the %s split"
                .formatted(target.name(), has, classes.size(), split));
      }
    }
    return lacking;
  }

  /**
   * Begins to look, beside the caller, whether ids stand in more than one row.
   *
   * @param folder an own folder
   */
  private static Ids ids(DuckDb db, Path folder, List<Column> columns) throws SQLException {
    Column id = columns.stream().filter(c -> c.role() == Role.ID).findFirst().orElse(null);
    if (id == null || id.raw().seen().ascending()) {
      return new Ids(db, id, Aside.known(true));
    }
    return new Ids(db, id, Aside.begin(db, "ingest-ids", own -> different(own, folder, id)));
  }

  private static boolean different(DuckDb own, Path folder, Column id) throws SQLException {
    String there = " FROM clean WHERE %s IS NOT NULL".formatted(id.sql());
    try (SortedKeys keys = new SortedKeys(folder.resolve("ids"), 1)) {
      long rows = keys.addAll(own, "SELECT " + SortedKeys.key("hash(" + id.sql() + ")") + there);
      return keys.different() == rows;
    }
  }

  /**
   * Ids of rows; closed, nobody looks at them any more.
   *
   * @param id null when there are none
   * @param different whether each stands in one row alone
   */
  private record Ids(DuckDb db, @Nullable Column id, Aside<Boolean> different)
      implements AutoCloseable {
    /** Those that stand in rows of several splits: what is learned of one is tested on it. */
    List<ExpectationOutcome> outcomes() throws SQLException {
      return id == null || different.answer() ? List.of() : several(db, id);
    }

    @Override
    public void close() {
      different.close();
    }
  }

  private static List<ExpectationOutcome> several(DuckDb db, Column id) throws SQLException {
    long several =
        db.number(
            ("SELECT count(*) FROM (SELECT %1$s FROM parted WHERE %1$s IS NOT NULL GROUP BY 1"
                    + " HAVING count(DISTINCT part) > 1)")
                .formatted(id.sql()));
    return several == 0
        ? List.of()
        : List.of(
            new ExpectationOutcome(
                id.name() + " stays in one split",
                "warn",
                several,
                "%s: %d of its values stand in more than one split; data.split.kind group keeps them together"
                    .formatted(id.name(), several)));
  }

  private static void require(Map<String, Long> rows, String split, double share) {
    if (share > 0 && !rows.containsKey(split)) {
      throw DataChecks.invalid("rows of the " + split + " split: 0", "> 0");
    }
  }
}
