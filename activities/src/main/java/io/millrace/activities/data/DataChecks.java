package io.millrace.activities.data;

import io.millrace.activities.dataset.DatasetManifest.Role;
import io.millrace.activities.dataset.DuckDb;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.spec.DataSpec;
import io.millrace.workflows.spec.Task;
import java.math.BigDecimal;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Rules no training survives, on the table {@code clean}. Each is {@code DATA_INVALID}. */
final class DataChecks {
  /** A feature of as many categories is a name, not a kind. */
  static final int CATEGORIES = 10_000;

  /** A feature that correlates like this is the target. */
  private static final double LEAK = 0.999999;

  /** More target values are no classes. */
  private static final int CLASSES = 1000;

  /** Beyond this many target values in a message a person would not read them. */
  private static final int SHOWN_CLASSES = 10;

  /** Columns of one statement. */
  private static final int BATCH = 100;

  private final DuckDb db;
  private final DataSpec data;
  private final Task task;
  private final List<Column> columns;
  private final Column target;
  private long rows;
  private long distinct;

  DataChecks(DuckDb db, DataSpec data, Task task, List<Column> columns) {
    this.db = db;
    this.data = data;
    this.task = task.scored();
    this.columns = columns;
    this.target = columns.stream().filter(c -> c.role() == Role.TARGET).findFirst().orElseThrow();
  }

  /**
   * The target's values: {@code [negative, positive]} for binary (positive is the declared one,
   * else the greater: as numbers when both are), ascending for multiclass, empty for regression.
   */
  List<String> classes() throws SQLException {
    String name = target.name();
    String c = target.sql();
    List<String> classes = new ArrayList<>();
    if (task == Task.REGRESSION) {
      List<@Nullable Object> counts =
          db.row("SELECT count(*), count(DISTINCT " + c + ") FROM clean");
      rows = (long) number(counts.get(0));
      distinct = (long) number(counts.get(1));
    } else {
      for (List<@Nullable Object> row :
          db.rows(
              ("SELECT x, count(*) OVER (), CAST(sum(n) OVER () AS BIGINT) FROM (SELECT %s AS x,"
                      + " count(*) AS n FROM clean GROUP BY 1)"
                      + " ORDER BY try_cast(x AS DOUBLE) NULLS FIRST, x LIMIT %d")
                  .formatted(c, CLASSES))) {
        classes.add(String.valueOf(row.get(0)));
        distinct = (long) number(row.get(1));
        rows = (long) number(row.get(2));
      }
    }
    if (rows == 0) {
      throw invalid("rows: 0", "> 0 after missing targets and dropped rows");
    }
    if (distinct == 1) {
      throw invalid(name + ": one value in all " + rows + " rows", "at least two values");
    }
    if (task == Task.REGRESSION) {
      return List.of();
    }
    if (distinct > CLASSES || distinct * 2 > rows && distinct > SHOWN_CLASSES) {
      throw invalid(name + ": " + distinct + " values", "classes, fewer than half the rows");
    }
    if (task != Task.BINARY) {
      return classes;
    }
    if (distinct != 2) {
      throw invalid(
          name
              + ": "
              + distinct
              + " values"
              + (distinct <= SHOWN_CLASSES
                  ? " " + classes.stream().map(ValueRecognisers::shown).toList()
                  : ""),
          "2, as the task is binary");
    }
    String declared = data.positive();
    if (declared == null) {
      return classes;
    }
    List<String> meant = classes.stream().filter(declared::equals).toList();
    if (meant.isEmpty()) {
      meant = classes.stream().filter(value -> sameValue(value, declared)).toList();
    }
    if (meant.size() != 1) {
      throw invalid(
          "data.positive: " + declared,
          "a value of " + name + ": " + classes.stream().map(ValueRecognisers::shown).toList());
    }
    return classes.getLast().equals(meant.getFirst()) ? classes : classes.reversed();
  }

  /** Of {@code clean}; after {@link #classes}. */
  long rows() {
    return rows;
  }

  /** Another spelling of the same number or boolean: 1 and 1.0, true and True. */
  private static boolean sameValue(String a, String b) {
    if (a.strip().matches("(?i)true|false")) {
      return a.strip().equalsIgnoreCase(b.strip());
    }
    try {
      return new BigDecimal(a.strip()).compareTo(new BigDecimal(b.strip())) == 0;
    } catch (NumberFormatException e) {
      return false;
    }
  }

  /**
   * Categories, leaks and features from the future; after {@link #classes}.
   *
   * @param sample tells of most features that they are none
   */
  void features(List<String> classes, SampledRows sample) throws SQLException {
    long targets = distinct;
    List<Column> features = columns.stream().filter(Column::feature).toList();
    List<Column> named =
        features.stream().filter(c -> !c.number() && !Recommended.names(data, c.name())).toList();
    List<@Nullable Object> about =
        each(named, column -> "approx_count_distinct(" + column.sql() + ")");
    List<Column> correlated = task == Task.MULTICLASS ? List.of() : sample.correlated(LEAK);
    List<@Nullable Object> correlations = each(correlated, column -> correlation(column, classes));
    List<Column> mapped =
        task != Task.REGRESSION || targets * 10 <= rows ? sample.asManyAs(targets) : List.of();
    for (Column column : features) {
      if (named.contains(column) && number(about.get(named.indexOf(column))) > CATEGORIES / 2.0) {
        categories(column);
      }
      double r =
          correlated.contains(column) ? number(correlations.get(correlated.indexOf(column))) : 0;
      if (Math.abs(r) >= LEAK) {
        throw invalid(
            "%s: correlation %.6f with the target %s".formatted(column.name(), r, target.name()),
            "a feature known before the target; exclude a leaked one");
      }
      if (mapped.contains(column)) {
        mapping(column, targets);
      }
      future(column);
    }
  }

  private static double number(@Nullable Object value) {
    return value instanceof Number number ? number.doubleValue() : 0;
  }

  /** One value a column, over all rows, in as few passes as a statement may be long. */
  private List<@Nullable Object> each(List<Column> features, Function<Column, String> value)
      throws SQLException {
    List<@Nullable Object> all = new ArrayList<>();
    for (int at = 0; at < features.size(); at += BATCH) {
      List<Column> batch = features.subList(at, Math.min(features.size(), at + BATCH));
      all.addAll(
          db.row(
              "SELECT " + String.join(", ", batch.stream().map(value).toList()) + " FROM clean"));
    }
    return all;
  }

  private void categories(Column column) throws SQLException {
    long distinct = db.number("SELECT count(DISTINCT " + column.sql() + ") FROM clean");
    if (distinct >= CATEGORIES) {
      throw invalid(
          column.name() + ": " + distinct + " distinct categories",
          "fewer than " + CATEGORIES + "; put it under data.exclude if it names the row");
    }
  }

  private String correlation(Column column, List<String> classes) {
    String y =
        task == Task.REGRESSION
            ? target.sql()
            : "CAST(%s = %s AS INTEGER)".formatted(target.sql(), DuckDb.text(classes.getLast()));
    return "corr(" + column.sql() + ", " + y + ")";
  }

  private void mapping(Column column, long targets) throws SQLException {
    String value = "coalesce(CAST(" + column.sql() + " AS VARCHAR), chr(1))";
    List<@Nullable Object> counts =
        db.row(
            "SELECT count(DISTINCT %1$s), count(DISTINCT (%1$s, %2$s)) FROM clean"
                .formatted(value, target.sql()));
    if (counts.get(0) instanceof Number values
        && counts.get(1) instanceof Number pairs
        && values.longValue() == targets
        && pairs.longValue() == targets) {
      throw invalid(
          "%s: its %d values stand one to one for those of the target %s"
              .formatted(column.name(), targets, target.name()),
          "a feature known before the target; exclude a leaked one");
    }
  }

  /** A category of times later than the row's own time was not known then. */
  private void future(Column column) throws SQLException {
    Column time = columns.stream().filter(c -> c.role() == Role.TIME).findFirst().orElse(null);
    if (time == null || !time.time() || column.number()) {
      return;
    }
    String parsed =
        "CAST(CASE WHEN length(%1$s) >= 8 THEN try_cast(%1$s AS TIMESTAMPTZ) END AS TIMESTAMP)"
            .formatted(column.sql());
    List<@Nullable Object> counts =
        db.row(
            "SELECT count(%1$s), count(%2$s), count_if(%2$s > %3$s) FROM clean"
                .formatted(column.sql(), parsed, time.sql()));
    if (counts.get(0) instanceof Number values
        && counts.get(1) instanceof Number times
        && counts.get(2) instanceof Number later
        && values.longValue() == times.longValue()
        && later.longValue() > 0) {
      throw invalid(
          "%s: later than %s in %d rows".formatted(column.name(), time.name(), later.longValue()),
          "a feature known at the row's time; exclude one from its future");
    }
  }

  static RuntimeException invalid(String what, String expected) {
    return Failures.of(FailureType.DATA_INVALID, what + " (expected: " + expected + ")");
  }
}
