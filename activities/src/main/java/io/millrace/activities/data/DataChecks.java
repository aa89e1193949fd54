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
import org.jspecify.annotations.Nullable;

/**
 * Rules of the target that no training survives, on the table {@code clean}. Each is {@code
 * DATA_INVALID}.
 */
final class DataChecks {
  /** More target values are no classes. */
  private static final int CLASSES = 1000;

  /** Beyond this many target values in a message a person would not read them. */
  private static final int SHOWN_CLASSES = 10;

  private final DuckDb db;
  private final DataSpec data;
  private final Task task;
  private final Column target;
  private long rows;
  private long distinct;

  DataChecks(DuckDb db, DataSpec data, Task task, List<Column> columns) {
    this.db = db;
    this.data = data;
    this.task = task.scored();
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

  /** Different values of the target; after {@link #classes}. */
  long targets() {
    return distinct;
  }

  private static double number(@Nullable Object value) {
    return value instanceof Number number ? number.doubleValue() : 0;
  }

  static RuntimeException invalid(String what, String expected) {
    return Failures.of(FailureType.DATA_INVALID, what + " (expected: " + expected + ")");
  }
}
