package io.millrace.activities.query;

import io.millrace.activities.dataset.DuckDb;
import io.millrace.activities.query.StoredTable.Field;
import io.millrace.workflows.spec.ExpectationSpec;
import io.millrace.workflows.spec.ExpectationSpec.OnBreak;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One expectation over a stored table, in the sentence that an ingest has for it.
 *
 * @param sentence what a good table looks like
 * @param broken a condition, true for a row that breaks the rule; null for a rule about the whole
 *     table
 * @param counted aggregates that tell a rule about the whole table; empty for a rule about rows
 * @param over puts columns beside the rows that {@code broken} speaks of
 */
record RuleSql(
    ExpectationSpec spec,
    String sentence,
    @Nullable String broken,
    List<String> counted,
    UnaryOperator<String> over) {

  /**
   * @param number of the rule, by which what it adds to the rows has a name of its own
   * @throws io.temporal.failure.ApplicationFailure {@code CONFIG_INVALID} when the rule cannot be
   *     checked, before anything is asked
   */
  static RuleSql of(ExpectationSpec spec, int number, StoredTable table, Dialect dialect) {
    if (spec.rows() != null) {
      return whole(spec, List.of());
    }
    if (spec.history() != null) {
      return whole(
          spec,
          table.fields().stream()
              .map(field -> DuckDb.name(field.name()))
              .flatMap(c -> List.of("count(" + c + ")", dialect.distinct(c)).stream())
              .toList());
    }
    if (spec.sql() != null) {
      return rows(spec, "NOT coalesce((" + spec.sql() + "), false)");
    }
    Field field =
        table.fields().stream()
            .filter(f -> f.name().equals(spec.column()))
            .findFirst()
            .orElseThrow(() -> RuleSentences.noColumn(spec));
    return ofColumn(spec, number, table, field, dialect);
  }

  private static RuleSql ofColumn(
      ExpectationSpec spec, int number, StoredTable table, Field field, Dialect dialect) {
    String c = DuckDb.name(field.name());
    if (spec.freshness() != null) {
      // numbers are seconds, or milliseconds when they would be seconds after the year 5000
      String millis =
          field.number()
              ? "max(%1$s) * (CASE WHEN max(%1$s) > 1e11 THEN 1e0 ELSE 1e3 END)".formatted(c)
              : "max(" + dialect.millis(dialect.instant(c)) + ")";
      return whole(spec, List.of(millis));
    }
    if (spec.nulls() != null) {
      return whole(spec, List.of("count(" + c + ")"));
    }
    if (Boolean.TRUE.equals(spec.unique())) {
      return spec.onBreak() == OnBreak.DROP
          ? twins(spec, number, table, c)
          : whole(spec, List.of("count(%1$s) - count(DISTINCT %1$s)".formatted(c)));
    }
    if (Boolean.TRUE.equals(spec.notNull())) {
      return rows(spec, c + " IS NULL");
    }
    if (spec.range() != null) {
      return rows(spec, range(spec.range(), field, c));
    }
    if (spec.set() != null) {
      return rows(spec, set(spec.set(), field, c));
    }
    if (spec.regex() != null) {
      return regex(spec, spec.regex(), number, field, dialect);
    }
    return rows(spec, "false");
  }

  /**
   * Of rows with one value the least is kept, by its columns in their order: stored rows have no
   * order of their own, and two that are equal in all columns break the same rules.
   */
  private static RuleSql twins(ExpectationSpec spec, int number, StoredTable table, String c) {
    String twin = DuckDb.name("millrace$twin" + number);
    String by = String.join(", ", table.fields().stream().map(f -> DuckDb.name(f.name())).toList());
    return new RuleSql(
        spec,
        RuleSentences.of(spec),
        c + " IS NOT NULL AND " + twin + " > 1",
        List.of(),
        rows ->
            NumberText.with(
                rows,
                "row_number() OVER (PARTITION BY %s ORDER BY %s) AS %s".formatted(c, by, twin)));
  }

  private static RuleSql regex(
      ExpectationSpec spec, String regex, int number, Field field, Dialect dialect) {
    String c = DuckDb.name(field.name());
    if (!field.number()) {
      return rows(spec, "NOT " + dialect.matches(c, regex));
    }
    String text = "millrace$number" + number;
    return new RuleSql(
        spec,
        RuleSentences.of(spec),
        "NOT " + dialect.matches(DuckDb.name(text), regex),
        List.of(),
        rows -> dialect.written(rows, c, text));
  }

  private static String range(List<@Nullable Double> range, Field field, String c) {
    if (!field.number()) {
      throw RuleSentences.noNumbers(field.name());
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
    return ends.isEmpty() ? "false" : String.join(" OR ", ends);
  }

  private static String set(List<String> set, Field field, String c) {
    List<String> values =
        set.stream()
            .map(
                value ->
                    field.number()
                        ? Dialect.number(RuleSentences.number(field.name(), value))
                        : DuckDb.text(value))
            .toList();
    return values.isEmpty()
        ? c + " IS NOT NULL"
        : c + " NOT IN (" + String.join(", ", values) + ")";
  }

  private static RuleSql rows(ExpectationSpec spec, String broken) {
    return new RuleSql(spec, RuleSentences.of(spec), broken, List.of(), UnaryOperator.identity());
  }

  private static RuleSql whole(ExpectationSpec spec, List<String> counted) {
    return new RuleSql(spec, RuleSentences.of(spec), null, counted, UnaryOperator.identity());
  }

  /** A row that breaks it leaves the table. */
  boolean drops() {
    return broken != null && spec.onBreak() == OnBreak.DROP;
  }

  /** What is counted of it, in the order in which it is told. */
  List<String> counts() {
    return broken == null ? counted : List.of("count_if(" + broken + ")");
  }
}
