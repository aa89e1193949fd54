package io.millrace.activities.data;

import io.millrace.activities.dataset.DuckDb;
import io.millrace.activities.query.RuleSentences;
import io.millrace.workflows.spec.ExpectationSpec;
import java.util.ArrayList;
import java.util.List;
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
    return new Rule(spec, RuleSentences.of(spec), condition(spec, columns));
  }

  private static @Nullable String condition(ExpectationSpec spec, List<Column> columns) {
    if (spec.rows() != null || spec.history() != null) {
      return null;
    }
    if (spec.sql() != null) {
      return sql(spec.sql(), columns);
    }
    Column column =
        columns.stream()
            .filter(c -> c.name().equals(spec.column()))
            .findFirst()
            .orElseThrow(() -> RuleSentences.noColumn(spec));
    String c = column.sql();
    if (Boolean.TRUE.equals(spec.notNull())) {
      return c + " IS NULL";
    }
    if (Boolean.TRUE.equals(spec.unique())) {
      String twin = "SELECT min(rn) FROM typed WHERE " + c + " IS NOT NULL GROUP BY " + c;
      return c + " IS NOT NULL AND rn NOT IN (" + twin + ")";
    }
    if (spec.range() != null) {
      return range(spec.range(), column);
    }
    if (spec.set() != null) {
      return set(spec.set(), column);
    }
    if (spec.regex() != null) {
      String text = column.number() ? "CAST(" + c + " AS VARCHAR)" : column.stored();
      return "NOT regexp_full_match(" + text + ", " + DuckDb.text(spec.regex()) + ")";
    }
    return null;
  }

  private static String range(List<@Nullable Double> range, Column column) {
    if (!column.number()) {
      throw RuleSentences.noNumbers(column.name());
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
    return ends.isEmpty() ? "false" : String.join(" OR ", ends);
  }

  private static String set(List<String> set, Column column) {
    List<String> values =
        set.stream()
            .map(
                value ->
                    column.number()
                        ? "CAST(%s AS DOUBLE)".formatted(RuleSentences.number(column.name(), value))
                        : DuckDb.text(value))
            .toList();
    String c = column.number() ? column.sql() : column.stored();
    return values.isEmpty()
        ? column.sql() + " IS NOT NULL"
        : c + " NOT IN (" + String.join(", ", values) + ")";
  }

  private static String sql(String condition, List<Column> columns) {
    List<String> named =
        columns.stream().map(c -> c.sql() + " AS " + DuckDb.name(c.name())).toList();
    return "rn IN (SELECT rn FROM (SELECT rn, %s FROM typed) WHERE NOT coalesce((%s), false))"
        .formatted(String.join(", ", named), condition);
  }

  static RuntimeException invalid(String what, String expected) {
    return RuleSentences.invalid(what, expected);
  }
}
