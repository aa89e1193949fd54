package io.millrace.activities.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.activities.dataset.DuckDb;
import io.millrace.activities.spec.Rules;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.spec.ExpectationSpec;
import io.millrace.workflows.spec.ExpectationSpec.OnBreak;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What every engine says of expectations: exact answers, equal to the last digit. */
abstract class RuleContract extends StoredRows {
  @Test
  void expectations_areCountedExactlyInOneQuery() throws Exception {
    List<ExpectationSpec> rules =
        List.of(
            rule("age", true, null, null, null, null, OnBreak.WARN),
            rule("age", null, null, Arrays.asList(20.0, null), null, null, OnBreak.DROP),
            rule("age", null, true, null, null, null, OnBreak.WARN),
            rule("city/part", null, null, null, List.of("it's 0", "it's 1"), null, OnBreak.WARN),
            rule("city/part", null, null, null, null, "it's [0-9]", OnBreak.BLOCK),
            sql("\"age\" > 80 AND \"Loan amount\" > 0"),
            Rules.ofTable().rows(ROWS + 0L, null).then(OnBreak.WARN, 1),
            Rules.on("age").nulls(0.01).then(OnBreak.WARN, 1),
            Rules.on("at").freshness(Duration.ofDays(1)).then(OnBreak.WARN, 1));
    try (QueryEngine engine = engine()) {
      TableRules.Checked checked =
          new TableRules(engine, table(), rules, asked)
              .check(Instant.parse("2026-03-01T00:00:00Z"));
      assertThat(checked.rows()).isEqualTo(ROWS);
      assertThat(checked.outcomes())
          .extracting(o -> o.sentence())
          .containsExactly(EXPECTED.toArray(String[]::new));
      assertThat(checked.kept()).isEqualTo(ROWS - 1143);
      assertThat(checked.refused())
          .containsExactly("25551 of 40000 rows (expected: city/part matches it's [0-9])");
    }
  }

  /** Counted by another program. */
  private static final List<String> EXPECTED =
      List.of(
          "age is not null: 800 of 40000 rows break it",
          "age in [20.0, …]: 1143 of 40000 rows break it",
          "age is unique: 39130 of 40000 rows break it",
          "city/part in [it's 0, it's 1]: 33413 of 40000 rows break it",
          "city/part matches it's [0-9]: 25551 of 40000 rows break it",
          "sql: \"age\" > 80 AND \"Loan amount\" > 0: 36115 of 40000 rows break it",
          "rows: 38857",
          "age: null in 800 of 40000 rows, 2.00%",
          "at: newest 2026-01-28T18:39:00Z, the data is of 2026-03-01T00:00:00Z");

  @Test
  void quarantine_hasTheRowsThatBreakADroppingRule_andWhy() throws Exception {
    List<ExpectationSpec> rules =
        List.of(
            rule("age", null, null, Arrays.asList(20.0, null), null, null, OnBreak.DROP),
            rule("city/part", true, null, null, null, null, OnBreak.DROP),
            rule("age", true, null, null, null, null, OnBreak.WARN));
    try (QueryEngine engine = engine()) {
      TableRules checked = new TableRules(engine, table(), rules, asked);
      List<List<@Nullable String>> rows = checked.quarantine(100_000).rows();
      assertThat(rows).hasSize((int) (ROWS - checked.check(null).kept()));
      assertThat(rows)
          .extracting(row -> row.getLast())
          .containsOnly(
              "age in [20.0, …]",
              "city/part is not null",
              "age in [20.0, …]; city/part is not null");
      assertThat(rows)
          .filteredOn(row -> String.valueOf(row.getLast()).startsWith("age"))
          .allSatisfy(row -> assertThat(Double.parseDouble(row.get(1))).isLessThan(20));
      assertThat(checked.quarantine(7).rows()).hasSize(7);
    }
  }

  @Test
  void rules_thatCannotBeChecked_areRefused() throws Exception {
    StoredTable table = table();
    try (QueryEngine engine = engine()) {
      assertThatThrownBy(
              () ->
                  new TableRules(
                      engine,
                      table,
                      List.of(rule("none", true, null, null, null, null, OnBreak.WARN)),
                      asked))
          .as("before anything is asked")
          .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.CONFIG_INVALID))
          .hasMessageContaining("column: none (expected: a column of the data)");
      assertThatThrownBy(
              () ->
                  new TableRules(engine, table, List.of(sql("no_such_column > 1")), asked)
                      .check(null))
          .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.CONFIG_INVALID))
          .hasMessageContaining("condition");
    }
  }

  @Test
  void unique_thatDrops_keepsTheLeastOfTheRowsWithOneValue() throws Exception {
    List<ExpectationSpec> rules =
        List.of(
            Rules.on("age").unique().then(OnBreak.DROP, 1),
            rule("city/part", true, null, null, null, null, OnBreak.DROP));
    StoredTable table = table();
    // by another program: a row goes when it has no city or another of its age comes before it
    Map<String, List<@Nullable Object>> least = new HashMap<>();
    long kept = 0;
    try (DuckDb db = DuckDb.open(1, scratch.resolve("spill"))) {
      for (List<@Nullable Object> row :
          db.rows("SELECT * FROM '" + scratch.resolve("part.parquet") + "'")) {
        if (row.get(1) == null) {
          kept += row.get(3) == null ? 0 : 1;
        } else {
          least.merge(String.valueOf(row.get(1)), row, (a, b) -> loan(a) < loan(b) ? a : b);
        }
      }
    }
    kept += least.values().stream().filter(row -> row.get(3) != null).count();
    try (QueryEngine engine = engine()) {
      TableRules checked = new TableRules(engine, table, rules, asked);
      TableRules.Checked outcome = checked.check(null);
      assertThat(outcome.outcomes().getFirst().sentence())
          .isEqualTo("age is unique: 39130 of 40000 rows break it");
      assertThat(outcome.kept()).isEqualTo(kept);
      List<List<@Nullable String>> rows = checked.quarantine(100_000).rows();
      assertThat(rows).hasSize((int) (ROWS - kept));
      assertThat(rows)
          .filteredOn(row -> String.valueOf(row.getLast()).startsWith("age is unique"))
          .hasSize(39_130);
    }
  }

  private static double loan(List<@Nullable Object> row) {
    return Double.parseDouble(String.valueOf(row.getFirst()));
  }

  @Test
  void history_comparesWithTheVersionsBefore() throws Exception {
    VersionCounts before =
        new VersionCounts(
            "",
            10_000,
            Map.of(
                "age",
                new VersionCounts.ColumnCounts(0, 70L),
                "city/part",
                new VersionCounts.ColumnCounts(0.09, 5L),
                "gone",
                new VersionCounts.ColumnCounts(0, 5L)));
    ExpectationSpec rule = Rules.ofTable().history(2, null).then(OnBreak.BLOCK, 1);
    StoredTable table = table();
    try (QueryEngine engine = engine()) {
      TableRules.Checked alike =
          new TableRules(engine, table, List.of(rule), List.of(before), asked).check(null);
      assertThat(alike.refused()).as("nothing to compare with").isEmpty();
      TableRules.Checked unlike =
          new TableRules(engine, table, List.of(rule), List.of(before, before, before), asked)
              .check(null);
      assertThat(unlike.refused())
          .containsExactly(
              "rows: 40000, 10000 to 10000 in 2 versions before; age: null in 2.00% of rows, at"
                  + " most 0.00% in 2 versions before; city/part: different values: 19, 5 to 5 in 2"
                  + " versions before (expected: rows and columns as in the last 2 versions)");
    }
  }

  /** Numbers, and how DuckDB writes them. */
  private static final Map<String, String> WRITTEN =
      Map.ofEntries(
          Map.entry("42e0", "42.0"),
          Map.entry("-25e-2", "-0.25"),
          Map.entry("1e14", "100000000000000.0"),
          Map.entry("1e15", "1000000000000000.0"),
          Map.entry("1e16", "1e+16"),
          Map.entry("12345678901234567e0", "1.2345678901234568e+16"),
          Map.entry("12345678e-3", "12345.678"),
          Map.entry("1e-4", "0.0001"),
          Map.entry("1e-5", "1e-05"),
          Map.entry("15e-8", "1.5e-07"),
          Map.entry("1e300", "1e+300"),
          Map.entry("0e0", "0.0"));

  @Test
  void numbers_areMatchedAsDuckDbWritesThem() throws Exception {
    StoredTable table = table();
    try (QueryEngine engine = engine()) {
      List<ExpectationSpec> rules =
          List.of(
              rule("age", null, null, null, null, "[23][0-9]\\.0", OnBreak.WARN),
              rule("gain \"net\"", null, null, null, null, "-?[0-9]+\\.[0-9]+", OnBreak.DROP),
              sql("\"age\" IS NULL OR \"age\" BETWEEN 20 AND 39"));
      TableRules.Checked checked = new TableRules(engine, table, rules, asked).check(null);
      assertThat(checked.outcomes().getFirst().broken())
          .isEqualTo(checked.outcomes().getLast().broken())
          .isPositive();
      assertThat(checked.kept()).isEqualTo(ROWS);
      StringBuilder values = new StringBuilder("(SELECT CAST(NULL AS DOUBLE) AS x");
      WRITTEN.keySet().forEach(x -> values.append(" UNION ALL SELECT ").append(x).append(" AS x"));
      List<List<@Nullable String>> rows =
          engine
              .ask(
                  "SELECT \"w\" FROM "
                      + engine.dialect().written(values.append(")").toString(), "x", "w")
                      + " t WHERE \"w\" IS NOT NULL",
                  asked)
              .rows();
      assertThat(rows)
          .extracting(row -> row.getFirst())
          .containsExactlyInAnyOrderElementsOf(WRITTEN.values());
    }
  }
}
