package io.millrace.activities.query;

import io.millrace.activities.dataset.DuckDb;
import io.millrace.activities.query.StoredTable.Field;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.spec.ExpectationSpec;
import io.millrace.workflows.spec.ExpectationSpec.OnBreak;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One expectation over a stored table, in the sentence that an ingest has for it.
 *
 * @param sentence what a good table looks like
 * @param broken a condition, true for a row that breaks the rule; null for a rule about the whole
 *     table
 * @param counted aggregates that tell a rule about the whole table; empty for a rule about rows
 */
record RuleSql(
    ExpectationSpec spec, String sentence, @Nullable String broken, List<String> counted) {

  /**
   * @throws io.temporal.failure.ApplicationFailure {@code CONFIG_INVALID} when the rule cannot be
   *     checked where the table lies, before anything is asked
   */
  static RuleSql of(ExpectationSpec spec, StoredTable table, Dialect dialect) {
    ExpectationSpec.Bounds rows = spec.rows();
    if (rows != null) {
      return new RuleSql(spec, "rows in " + interval(rows.min(), rows.max()), null, List.of());
    }
    if (spec.history() != null) {
      throw invalid("history", "an ingest: earlier versions are counted there");
    }
    if (spec.sql() != null) {
      return sql(spec, spec.sql());
    }
    Field field =
        table.fields().stream()
            .filter(f -> f.name().equals(spec.column()))
            .findFirst()
            .orElseThrow(() -> invalid("column: " + spec.column(), "a column of the data"));
    return ofColumn(spec, field, DuckDb.name(field.name()), dialect);
  }

  private static RuleSql ofColumn(ExpectationSpec spec, Field field, String c, Dialect dialect) {
    String name = field.name();
    if (spec.freshness() != null) {
      // numbers are seconds, or milliseconds when they would be seconds after the year 5000
      String millis =
          field.number()
              ? "max(%1$s) * (CASE WHEN max(%1$s) > 1e11 THEN 1e0 ELSE 1e3 END)".formatted(c)
              : "max(" + dialect.millis(dialect.instant(c)) + ")";
      return whole(spec, name + " not older than " + spec.freshness(), millis);
    }
    if (spec.nulls() != null) {
      return whole(
          spec,
          String.format(
              Locale.ROOT, "%s is null in at most %s%% of rows", name, spec.nulls() * 100),
          "count(" + c + ")");
    }
    if (Boolean.TRUE.equals(spec.unique())) {
      if (spec.onBreak() == OnBreak.DROP) {
        throw invalid(
            name + " unique, on-break: drop", "warn or block: rows have no order to keep one by");
      }
      return whole(spec, name + " is unique", "count(%1$s) - count(DISTINCT %1$s)".formatted(c));
    }
    if (Boolean.TRUE.equals(spec.notNull())) {
      return rows(spec, name + " is not null", c + " IS NULL");
    }
    if (spec.range() != null) {
      return range(spec, spec.range(), field, c);
    }
    if (spec.set() != null) {
      return set(spec, spec.set(), field, c);
    }
    if (spec.regex() != null) {
      if (field.number()) {
        throw invalid(name + " regex", "a column of text, as engines write numbers differently");
      }
      return rows(
          spec, name + " matches " + spec.regex(), "NOT " + dialect.matches(c, spec.regex()));
    }
    throw invalid(name, "one of not-null, unique, range, set, regex, freshness, rows, sql, nulls");
  }

  private static RuleSql range(
      ExpectationSpec spec, List<@Nullable Double> range, Field field, String c) {
    if (range.size() != 2) {
      throw invalid(field.name() + " range: " + range, "two numbers");
    }
    if (!field.number()) {
      throw Failures.of(
          FailureType.DATA_INVALID,
          field.name() + ": a column of text (expected: numbers, for its range)");
    }
    Double low = range.get(0);
    Double high = range.get(1);
    List<String> ends = new ArrayList<>();
    if (low != null) {
      ends.add(c + " < " + Dialect.number(low));
    }
    if (high != null) {
      ends.add(c + " > " + Dialect.number(high));
    }
    return rows(
        spec,
        field.name() + " in " + interval(low, high),
        ends.isEmpty() ? "false" : String.join(" OR ", ends));
  }

  private static RuleSql set(ExpectationSpec spec, List<String> set, Field field, String c) {
    List<String> values = new ArrayList<>();
    for (String value : set) {
      try {
        values.add(field.number() ? Dialect.number(Double.parseDouble(value)) : DuckDb.text(value));
      } catch (NumberFormatException e) {
        throw invalid(field.name() + " set: " + value, "a number, as the column holds numbers");
      }
    }
    return rows(
        spec,
        field.name() + " in " + set,
        values.isEmpty() ? c + " IS NOT NULL" : c + " NOT IN (" + String.join(", ", values) + ")");
  }

  private static RuleSql sql(ExpectationSpec spec, String condition) {
    if (condition.contains(";") || condition.contains("--") || condition.contains("/*")) {
      throw invalid("sql: " + condition, "one condition over the columns");
    }
    return rows(spec, "sql: " + condition, "NOT coalesce((" + condition + "), false)");
  }

  private static RuleSql rows(ExpectationSpec spec, String sentence, String broken) {
    return new RuleSql(spec, sentence, broken, List.of());
  }

  private static RuleSql whole(ExpectationSpec spec, String sentence, String counted) {
    return new RuleSql(spec, sentence, null, List.of(counted));
  }

  /** A row that breaks it leaves the table. */
  boolean drops() {
    return broken != null && spec.onBreak() == OnBreak.DROP;
  }

  private static String interval(@Nullable Number low, @Nullable Number high) {
    return "[" + (low == null ? "…" : low) + ", " + (high == null ? "…" : high) + "]";
  }

  private static RuntimeException invalid(String what, String expected) {
    return Failures.of(
        FailureType.CONFIG_INVALID, "data.expectations: " + what + " (expected: " + expected + ")");
  }
}
