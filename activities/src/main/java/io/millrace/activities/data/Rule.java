package io.millrace.activities.data;

import io.millrace.activities.dataset.DuckDb;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.spec.ExpectationSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One expectation as SQL.
 *
 * @param sentence what a good table looks like
 * @param broken a condition over {@code typed}, true for a row that breaks the rule; null for a
 *     table rule. A missing value breaks {@code not-null} and {@code sql} only
 */
record Rule(ExpectationSpec spec, String sentence, @Nullable String broken) {

  static Rule of(ExpectationSpec spec, List<Column> columns) {
    if (spec.rows() != null) {
      return new Rule(spec, "rows in " + interval(spec.rows().min(), spec.rows().max()), null);
    }
    if (spec.history() != null) {
      return new Rule(
          spec,
          "rows and columns as in the last %d versions".formatted(spec.history().versions()),
          null);
    }
    if (spec.sql() != null) {
      return sql(spec, spec.sql(), columns);
    }
    Column column =
        columns.stream()
            .filter(c -> c.name().equals(spec.column()))
            .findFirst()
            .orElseThrow(() -> invalid("column: " + spec.column(), "a column of the data"));
    String name = column.name();
    String c = column.sql();
    if (spec.freshness() != null) {
      return new Rule(spec, name + " not older than " + spec.freshness(), null);
    }
    if (spec.nulls() != null) {
      return new Rule(
          spec,
          String.format(
              Locale.ROOT, "%s is null in at most %s%% of rows", name, spec.nulls() * 100),
          null);
    }
    if (Boolean.TRUE.equals(spec.notNull())) {
      return new Rule(spec, name + " is not null", c + " IS NULL");
    }
    if (Boolean.TRUE.equals(spec.unique())) {
      String twin = "SELECT min(rn) FROM typed WHERE " + c + " IS NOT NULL GROUP BY " + c;
      return new Rule(spec, name + " is unique", c + " IS NOT NULL AND rn NOT IN (" + twin + ")");
    }
    if (spec.range() != null) {
      return range(spec, spec.range(), column);
    }
    if (spec.set() != null) {
      return set(spec, spec.set(), column);
    }
    if (spec.regex() != null) {
      String text = column.number() ? "CAST(" + c + " AS VARCHAR)" : column.stored();
      return new Rule(
          spec,
          name + " matches " + spec.regex(),
          "NOT regexp_full_match(" + text + ", " + DuckDb.text(spec.regex()) + ")");
    }
    throw invalid(
        name, "one of not-null, unique, range, set, regex, freshness, rows, sql, nulls, history");
  }

  private static Rule range(ExpectationSpec spec, List<@Nullable Double> range, Column column) {
    if (range.size() != 2) {
      throw invalid(column.name() + " range: " + range, "two numbers");
    }
    if (!column.number()) {
      throw Failures.of(
          FailureType.DATA_INVALID,
          column.name() + ": a column of text (expected: numbers, for its range)");
    }
    List<String> ends = new ArrayList<>();
    Double low = range.get(0);
    Double high = range.get(1);
    if (low != null) {
      ends.add(column.sql() + " < " + low);
    }
    if (high != null) {
      ends.add(column.sql() + " > " + high);
    }
    return new Rule(
        spec,
        column.name() + " in " + interval(low, high),
        ends.isEmpty() ? "false" : String.join(" OR ", ends));
  }

  private static Rule set(ExpectationSpec spec, List<String> set, Column column) {
    List<String> values = new ArrayList<>();
    for (String value : set) {
      if (column.number()) {
        try {
          values.add("CAST(" + Double.parseDouble(value) + " AS DOUBLE)");
        } catch (NumberFormatException e) {
          throw invalid(column.name() + " set: " + value, "a number, as the column holds numbers");
        }
      } else {
        values.add(DuckDb.text(value));
      }
    }
    String c = column.number() ? column.sql() : column.stored();
    return new Rule(
        spec,
        column.name() + " in " + set,
        values.isEmpty()
            ? column.sql() + " IS NOT NULL"
            : c + " NOT IN (" + String.join(", ", values) + ")");
  }

  private static Rule sql(ExpectationSpec spec, String condition, List<Column> columns) {
    if (condition.contains(";") || condition.contains("--") || condition.contains("/*")) {
      throw invalid("sql: " + condition, "one condition over the columns");
    }
    List<String> named =
        columns.stream().map(c -> c.sql() + " AS " + DuckDb.name(c.name())).toList();
    return new Rule(
        spec,
        "sql: " + condition,
        "rn IN (SELECT rn FROM (SELECT rn, %s FROM typed) WHERE NOT coalesce((%s), false))"
            .formatted(String.join(", ", named), condition));
  }

  private static String interval(@Nullable Number low, @Nullable Number high) {
    return "[" + (low == null ? "…" : low) + ", " + (high == null ? "…" : high) + "]";
  }

  static RuntimeException invalid(String what, String expected) {
    return Failures.of(
        FailureType.CONFIG_INVALID, "data.expectations: " + what + " (expected: " + expected + ")");
  }
}
