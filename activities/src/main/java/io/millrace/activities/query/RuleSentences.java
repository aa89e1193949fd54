package io.millrace.activities.query;

import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.spec.ExpectationSpec;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What an expectation says of a good table, in words, and what none can say: the same whoever
 * checks it.
 */
public final class RuleSentences {
  private RuleSentences() {}

  /**
   * @throws io.temporal.failure.ApplicationFailure {@code CONFIG_INVALID} when it says nothing that
   *     can be checked anywhere
   */
  public static String of(ExpectationSpec spec) {
    if (spec.rows() != null) {
      return "rows in " + interval(spec.rows().min(), spec.rows().max());
    }
    if (spec.history() != null) {
      return "rows and columns as in the last %d versions".formatted(spec.history().versions());
    }
    String sql = spec.sql();
    if (sql != null) {
      if (sql.contains(";") || sql.contains("--") || sql.contains("/*")) {
        throw invalid("sql: " + sql, "one condition over the columns");
      }
      return "sql: " + sql;
    }
    return ofColumn(spec, String.valueOf(spec.column()));
  }

  private static String ofColumn(ExpectationSpec spec, String name) {
    if (spec.freshness() != null) {
      return name + " not older than " + spec.freshness();
    }
    if (spec.nulls() != null) {
      return String.format(
          Locale.ROOT, "%s is null in at most %s%% of rows", name, spec.nulls() * 100);
    }
    if (Boolean.TRUE.equals(spec.notNull())) {
      return name + " is not null";
    }
    if (Boolean.TRUE.equals(spec.unique())) {
      return name + " is unique";
    }
    List<@Nullable Double> range = spec.range();
    if (range != null) {
      if (range.size() != 2) {
        throw invalid(name + " range: " + range, "two numbers");
      }
      return name + " in " + interval(range.get(0), range.get(1));
    }
    if (spec.set() != null) {
      return name + " in " + spec.set();
    }
    if (spec.regex() != null) {
      return name + " matches " + spec.regex();
    }
    throw invalid(
        name, "one of not-null, unique, range, set, regex, freshness, rows, sql, nulls, history");
  }

  /** A value of a set, for a column of numbers. */
  public static double number(String column, String value) {
    try {
      return Double.parseDouble(value);
    } catch (NumberFormatException e) {
      throw invalid(column + " set: " + value, "a number, as the column holds numbers");
    }
  }

  /** A rule over a column that the table does not have. */
  public static RuntimeException noColumn(ExpectationSpec spec) {
    return invalid("column: " + spec.column(), "a column of the data");
  }

  /** A range over a column of text. */
  public static RuntimeException noNumbers(String column) {
    return Failures.of(
        FailureType.DATA_INVALID, column + ": a column of text (expected: numbers, for its range)");
  }

  /** {@code CONFIG_INVALID}, of the spec's expectations. */
  public static RuntimeException invalid(String what, String expected) {
    return Failures.of(
        FailureType.CONFIG_INVALID, "data.expectations: " + what + " (expected: " + expected + ")");
  }

  private static String interval(@Nullable Number low, @Nullable Number high) {
    return "[" + (low == null ? "…" : low) + ", " + (high == null ? "…" : high) + "]";
  }
}
