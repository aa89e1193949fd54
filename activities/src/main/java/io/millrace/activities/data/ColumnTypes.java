package io.millrace.activities.data;

import io.millrace.activities.data.RawColumn.Family;
import io.millrace.activities.dataset.DatasetManifest.Role;
import io.millrace.activities.dataset.DuckDb;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.data.DataActivities.ExpectationOutcome;
import io.millrace.workflows.spec.ColumnType;
import io.millrace.workflows.spec.DataSpec;
import io.millrace.workflows.spec.ForecastSpec;
import io.millrace.workflows.spec.RecommendSpec;
import io.millrace.workflows.spec.SplitSpec;
import io.millrace.workflows.spec.Task;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Decides what each column is. A declared type counts. Otherwise a column is a number when every
 * value that is there is one, unless one has a leading zero or more than 15 digits (a code, not a
 * quantity); booleans are categories; a column of times that is not the time column, one of nested
 * values and one without values are excluded, each with a warning; the rest are categories, as the
 * source spells them.
 */
final class ColumnTypes {
  private final DuckDb db;
  private final Task task;
  private final DataSpec data;
  private final List<ExpectationOutcome> warnings = new ArrayList<>();

  ColumnTypes(DuckDb db, Task task, DataSpec data) {
    this.db = db;
    this.task = task;
    this.data = data;
  }

  /** Warnings of what was excluded or read as missing. */
  List<ExpectationOutcome> warnings() {
    return warnings;
  }

  /**
   * @throws io.temporal.failure.ApplicationFailure {@code DATA_INVALID} for a column the
   *     declaration names that is not there, {@code DATA_UNREADABLE} for values of another type
   *     than declared
   */
  List<Column> decide(List<RawColumn> raw) throws SQLException {
    checkNames(raw);
    List<ColumnFacts> facts = ColumnFacts.of(db, raw, this::asked, this::named);
    List<Column> columns = new ArrayList<>();
    for (RawColumn column : raw) {
      columns.add(decide(column, facts.get(column.index())));
    }
    if (columns.stream().noneMatch(Column::feature)) {
      throw Failures.of(
          FailureType.DATA_INVALID,
          "features: none of %s (expected: at least one)"
              .formatted(columns.stream().map(Column::name).toList()));
    }
    return columns;
  }

  private void checkNames(List<RawColumn> raw) {
    Set<String> names = new TreeSet<>();
    raw.forEach(column -> names.add(column.name()));
    require("data.target", data.target(), names);
    require("data.id", data.id(), names);
    require("data.time", data.time(), names);
    ForecastSpec forecast = data.forecast();
    require("data.forecast.series", forecast == null ? null : forecast.series(), names);
    RecommendSpec recommend = data.recommend();
    require("data.recommend.user", recommend == null ? null : recommend.user(), names);
    require("data.recommend.item", recommend == null ? null : recommend.item(), names);
    require("data.split.column", data.split().column(), names);
    data.exclude().forEach(name -> require("data.exclude", name, names));
    new TreeSet<>(data.columns().keySet()).forEach(name -> require("data.columns", name, names));
    data.expectations().forEach(e -> require("data.expectations", e.column(), names));
    new TreeSet<>(data.privacy().columns().keySet())
        .forEach(name -> require("data.privacy.columns", name, names));
  }

  private static void require(String field, @Nullable String name, Set<String> names) {
    if (name != null && !names.contains(name)) {
      throw Failures.of(
          FailureType.DATA_INVALID,
          "%s: %s (expected: a column of the data: %s)".formatted(field, name, names));
    }
  }

  private Column decide(RawColumn raw, ColumnFacts facts) throws SQLException {
    String name = raw.name();
    boolean target = name.equals(data.target());
    boolean splitTime =
        data.split().kind() == SplitSpec.Kind.TIME && name.equals(data.split().column());
    boolean group =
        data.split().kind() == SplitSpec.Kind.GROUP && name.equals(data.split().column());
    ColumnType declared =
        Recommended.names(data, name) ? ColumnType.CATEGORY : data.columns().get(name);
    if (target) {
      return target(raw, facts, declared);
    }
    if (name.equals(data.id())) {
      return new Column(raw, ColumnType.CATEGORY, Role.ID, false, category(raw, facts));
    }
    if (name.equals(data.time()) || splitTime) {
      return time(raw, facts, data.time() == null || name.equals(data.time()));
    }
    boolean excluded = group || data.exclude().contains(name);
    if (declared == null && facts.values() == 0) {
      return excluded(raw, excluded, "has no value");
    }
    if (declared == null && raw.family() == Family.OTHER) {
      return excluded(raw, excluded, "holds lists or structures");
    }
    if (declared == null && isTime(raw, facts)) {
      Column column =
          new Column(raw, ColumnType.CATEGORY, Role.EXCLUDED, true, Column.timestamp(raw));
      if (!excluded) {
        warn(name, "holds times and is not the time column: excluded", facts.values());
      }
      return column;
    }
    Role role = excluded ? Role.EXCLUDED : Role.FEATURE;
    boolean number =
        declared == ColumnType.NUMBER
            || (declared == null && raw.family() != Family.BOOLEAN && isNumber(raw, facts));
    return number
        ? number(raw, facts, role, declared != null)
        : new Column(raw, ColumnType.CATEGORY, role, false, category(raw, facts));
  }

  private Column target(RawColumn raw, ColumnFacts facts, @Nullable ColumnType declared)
      throws SQLException {
    if (task.scored() == Task.REGRESSION || declared == ColumnType.NUMBER) {
      Column column = number(raw, facts, Role.TARGET, true);
      if (task.scored() == Task.REGRESSION) {
        return column;
      }
    }
    return new Column(raw, ColumnType.CATEGORY, Role.TARGET, false, category(raw, facts));
  }

  private Column time(RawColumn raw, ColumnFacts facts, boolean theOne) throws SQLException {
    Role role = theOne ? Role.TIME : Role.EXCLUDED;
    if (isNumber(raw, facts)) {
      return new Column(raw, ColumnType.NUMBER, role, false, Column.number(raw));
    }
    Column column = new Column(raw, ColumnType.CATEGORY, role, true, Column.timestamp(raw));
    refuseOthers(raw, column.typed() + " IS NULL", "a time such as 2026-01-31T12:00:00Z");
    return column;
  }

  private Column number(RawColumn raw, ColumnFacts facts, Role role, boolean declared)
      throws SQLException {
    if (declared) {
      String parsed = Column.parsed(raw);
      String missing =
          raw.family() == Family.TEXT
              ? " AND trim(%s) NOT IN %s".formatted(raw.sql(), Column.MISSING)
              : "";
      refuseOthers(raw, parsed + " IS NULL" + missing, "a number");
    }
    long odd = facts.numbers() - facts.finite();
    if (odd > 0) {
      warnings.add(
          new ExpectationOutcome(
              raw.name() + ": finite numbers",
              "warn",
              odd,
              "%s: %d values are NaN or infinite; read as missing".formatted(raw.name(), odd)));
    }
    return new Column(raw, ColumnType.NUMBER, role, false, Column.number(raw));
  }

  private void refuseOthers(RawColumn raw, String broken, String expected) throws SQLException {
    List<List<@Nullable Object>> first =
        db.rows(
            "SELECT rowid, CAST(%1$s AS VARCHAR) FROM raw WHERE trim(CAST(%1$s AS VARCHAR)) <> ''"
                    .formatted(raw.sql())
                + " AND (%s) ORDER BY rowid LIMIT 1".formatted(broken));
    if (!first.isEmpty() && first.getFirst().get(0) instanceof Number row) {
      throw Failures.of(
          FailureType.DATA_UNREADABLE,
          "%s: '%s' in row %d (expected: %s)"
              .formatted(
                  raw.name(),
                  ValueRecognisers.shown(String.valueOf(first.getFirst().get(1))),
                  row.longValue() + 1,
                  expected));
    }
  }

  private Column excluded(RawColumn raw, boolean declared, String why) {
    if (!declared) {
      warn(raw.name(), why + ": excluded", 0);
    }
    return new Column(raw, ColumnType.CATEGORY, Role.EXCLUDED, false, Column.text(raw));
  }

  private void warn(String name, String why, long rows) {
    warnings.add(
        new ExpectationOutcome(name + ": usable as a feature", "warn", rows, name + " " + why));
  }

  private static boolean isNumber(RawColumn raw, ColumnFacts facts) {
    return raw.family() == Family.NUMBER
        || (raw.family() == Family.TEXT && facts.allNumbers() && facts.codes() == 0);
  }

  private static boolean isTime(RawColumn raw, ColumnFacts facts) {
    return raw.family() == Family.TIME
        || (raw.family() == Family.TEXT
            && !facts.allNumbers()
            && facts.values() > 0
            && facts.times() == facts.values());
  }

  /** The text of a category; numbers are brought to one spelling, codes are left as they are. */
  private static String category(RawColumn raw, ColumnFacts facts) {
    boolean numbers = raw.family() == Family.TEXT && facts.allNumbers() && facts.codes() == 0;
    // to parse a number only to write it as it was would be done over and over
    return numbers && facts.spelled() < facts.values() ? Column.numberText(raw) : Column.text(raw);
  }

  /** Whether what does not fit is counted whatever the others are. */
  private boolean asked(RawColumn column) {
    return column.family() != Family.TEXT
        || column.name().equals(data.target())
        || data.columns().get(column.name()) == ColumnType.NUMBER;
  }

  private boolean named(RawColumn column) {
    return column.family() == Family.TEXT
        && (column.name().equals(data.id())
            || column.name().equals(data.target())
            || data.columns().get(column.name()) == ColumnType.CATEGORY);
  }
}
