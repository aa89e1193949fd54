package io.millrace.activities.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.activities.dataset.DuckDb;
import io.millrace.activities.dataset.ParquetProfile;
import io.millrace.activities.query.QueryEngine.Asked;
import io.millrace.activities.query.StoredTable.Field;
import io.millrace.activities.query.StoredTable.Format;
import io.millrace.activities.query.StoredTable.Span;
import io.millrace.activities.store.ObjectStore;
import io.millrace.inference.model.Feature;
import io.millrace.inference.profile.CategoryProfile;
import io.millrace.inference.profile.NumberProfile;
import io.millrace.inference.profile.Profile;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.spec.ExpectationSpec;
import io.millrace.workflows.spec.ExpectationSpec.OnBreak;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What every engine answers, of rows that are made here: exact answers are equal to the last digit,
 * what may be approximate lies within what is said here.
 */
abstract class QueryEngineContract {
  static final int ROWS = 40_000;

  /** How far a profile's share may be from that of all rows: half a bin of 512, and its cut. */
  private static final double RANK = 0.005;

  static final List<Field> FIELDS =
      List.of(
          Field.of("Loan amount", true),
          Field.of("age", true),
          Field.of("gain \"net\"", true),
          Field.of("city/part", false),
          Field.of("at", false));
  static final Instant FIRST = Instant.parse("2026-03-01T00:00:00Z");
  private static final List<Feature> LOGGED =
      List.of(
          new Feature("Loan amount", Feature.Kind.NUMBER, false, null, null, null, null),
          new Feature("city/part", Feature.Kind.CATEGORY, false, null, null, null, null));

  @TempDir Path scratch;

  /** A new one of the store. */
  abstract QueryEngine engine();

  abstract ObjectStore store();

  /** Under a name of its own, as a store may outlive a test. */
  final String name = "t" + UUID.randomUUID().toString().substring(0, 8);

  final Asked asked = Asked.of(name);

  StoredTable table() throws Exception {
    Path file = parquet();
    String prefix = "datasets/" + name + "/";
    store().put(prefix + "part-train.parquet", file);
    // lies beside the parts and is no Parquet
    store().put(prefix + "manifest.json", "{}".getBytes(StandardCharsets.UTF_8));
    return new StoredTable(
        prefix, Format.PARQUET, FIELDS, List.of(prefix + "part-train.parquet"), null);
  }

  private Path parquet() throws Exception {
    Path file = scratch.resolve("part.parquet");
    try (DuckDb db = DuckDb.open(1, scratch.resolve("spill"))) {
      db.run(
          ("COPY (SELECT exp(sin(i * 12.9898) * 2 + 8) AS \"Loan amount\", CASE WHEN i %% 50 <> 7"
               + " THEN CAST(18 + (i * 7919) %% 70 AS DOUBLE) END AS age, CASE WHEN i %% 3 = 0 THEN"
               + " cos(i) * 1000 ELSE 0 END AS \"gain \"\"net\"\"\", CASE WHEN i %% 11 <> 3 THEN"
               + " 'it''s ' || (i * i) %% 37 END AS \"city/part\", strftime(TIMESTAMP '2026-01-01'"
               + " + INTERVAL (i) MINUTE, '%%Y-%%m-%%dT%%H:%%M:%%S.%%fZ') AS at FROM range(%d)"
               + " r(i)) TO '%s' (FORMAT parquet)")
              .formatted(ROWS, file));
    }
    return file;
  }

  private static ExpectationSpec rule(
      String column,
      @Nullable Boolean notNull,
      @Nullable Boolean unique,
      @Nullable List<@Nullable Double> range,
      @Nullable List<String> set,
      @Nullable String regex,
      OnBreak onBreak) {
    return new ExpectationSpec(
        column, notNull, unique, range, set, regex, null, null, null, onBreak, 0.5);
  }

  private static ExpectationSpec sql(String condition) {
    return new ExpectationSpec(
        null, null, null, null, null, null, null, null, condition, OnBreak.WARN, 1);
  }

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
            new ExpectationSpec(
                null,
                null,
                null,
                null,
                null,
                null,
                new ExpectationSpec.Bounds(ROWS + 0L, null),
                null,
                null,
                OnBreak.WARN,
                1),
            new ExpectationSpec(
                "age", null, null, null, null, null, null, null, null, OnBreak.WARN, 1, 0.01, null),
            new ExpectationSpec(
                "at",
                null,
                null,
                null,
                null,
                null,
                null,
                Duration.ofDays(1),
                null,
                OnBreak.WARN,
                1));
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
            new ExpectationSpec(
                "age", null, true, null, null, null, null, null, null, OnBreak.DROP, 1),
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
    ExpectationSpec rule =
        new ExpectationSpec(
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            OnBreak.BLOCK,
            1,
            null,
            new ExpectationSpec.History(2, null));
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

  /** Of more parts than a statement of Athena's has room to name. */
  @Test
  void rows_ofManyParts_areThoseOfTheParts() throws Exception {
    Path file = scratch.resolve("small.parquet");
    try (DuckDb db = DuckDb.open(1, scratch.resolve("spill"))) {
      db.run(
          "COPY (SELECT CAST(i AS DOUBLE) AS x FROM range(3) r(i)) TO '%s' (FORMAT parquet)"
              .formatted(file));
    }
    byte[] bytes = Files.readAllBytes(file);
    String prefix = "datasets/" + name + "/";
    List<String> keys =
        IntStream.range(0, MANY)
            .parallel()
            .mapToObj(i -> "%s%064x/part-train-%05d.parquet".formatted(prefix, i / 90, i))
            .peek(key -> store().put(key, bytes))
            .toList();
    List<String> some = keys.subList(1, MANY);
    StoredTable table =
        new StoredTable(prefix, Format.PARQUET, List.of(Field.of("x", true)), some, null);
    assertThat(String.join(", ", some).length()).isGreaterThan(200_000);
    try (QueryEngine engine = engine()) {
      List<ExpectationSpec> rules =
          List.of(rule("x", null, null, Arrays.asList(1.0, null), null, null, OnBreak.WARN));
      TableRules.Checked checked = new TableRules(engine, table, rules, asked).check(null);
      assertThat(checked.rows()).isEqualTo(3L * (MANY - 1));
      assertThat(checked.outcomes().getFirst().broken()).isEqualTo(MANY - 1);
      assertThat(TableProfile.of(engine, table, null, asked).profile().rows())
          .isEqualTo(3L * (MANY - 1));
    }
  }

  private static final int MANY = 2_200;

  @Test
  void profile_isThatOfAllRows_shareByShare() throws Exception {
    StoredTable table = table();
    Profile ours;
    try (QueryEngine engine = engine()) {
      ours = TableProfile.of(engine, table, null, asked).profile();
    }
    Profile all;
    try (ParquetProfile profile = new ParquetProfile(1, scratch.resolve("spill"))) {
      all = profile.of(List.of(scratch.resolve("part.parquet")), table.profiled());
    }
    assertThat(ours.rows()).isEqualTo(ROWS);
    for (Field field : FIELDS) {
      if (field.number()) {
        NumberProfile a = (NumberProfile) all.column(field.name()).orElseThrow();
        NumberProfile b = (NumberProfile) ours.column(field.name()).orElseThrow();
        assertThat(b.count()).isEqualTo(a.count());
        assertThat(b.missing()).isEqualTo(a.missing());
        assertThat(b.min()).isEqualTo(a.min());
        assertThat(b.max()).isEqualTo(a.max());
        assertThat(b.mean()).isCloseTo(a.mean(), within(1e-9 * Math.abs(a.max())));
        assertThat(b.variance()).isCloseTo(a.variance(), within(1e-9 * a.variance()));
        for (double at : a.values()) {
          assertThat(b.cdf(at)).as(field.name() + " at " + at).isCloseTo(a.cdf(at), within(RANK));
        }
      } else if (!field.name().equals("at")) {
        CategoryProfile a = (CategoryProfile) all.column(field.name()).orElseThrow();
        CategoryProfile b = (CategoryProfile) ours.column(field.name()).orElseThrow();
        assertThat(b.counts()).isEqualTo(a.counts());
        assertThat(b.missing()).isEqualTo(a.missing());
      }
    }
    // few different values are counted one by one
    NumberProfile age = (NumberProfile) ours.column("age").orElseThrow();
    assertThat(age.values()).hasSize(70);
  }

  /** Two hours of 500 rows each a day, on three days, with what servers write beside. */
  StoredTable log(Span span) throws IOException {
    String prefix = "predictions/" + name + "/1/";
    for (int day = 0; day < 3; day++) {
      for (int hour : new int[] {5, 6}) {
        Instant from = FIRST.plus(Duration.ofDays(day)).plus(Duration.ofHours(hour));
        String folder = prefix + "dt=%s/hr=%02d/".formatted(from.toString().substring(0, 10), hour);
        store().put(folder + "a-1.jsonl.gz", lines(day * 24 + hour, from));
        store()
            .put(
                folder + "a-1.profile.json",
                "{\"id\":\"no row\",\"time\":\"%s\"}"
                    .formatted(from.plusSeconds(5))
                    .getBytes(StandardCharsets.UTF_8));
      }
    }
    return StoredTable.log(name, 1, LOGGED, null, span);
  }

  private static byte[] lines(int hour, Instant from) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (Writer out = new OutputStreamWriter(new GZIPOutputStream(bytes), StandardCharsets.UTF_8)) {
      for (int row = 0; row < 500; row++) {
        out.write(
            ("{\"specversion\":\"1.0\",\"id\":\"h%d#%d\",\"time\":\"%s\",\"data\":{\"entity\":\"e%d\",\"features\":{\"Loan"
                 + " amount\":%s,\"city/part\":%s},\"score\":0.%03d}}\n")
                .formatted(
                    hour,
                    row,
                    from.plusMillis(row * 7_200L + 1),
                    row,
                    row % 10 == 0 ? "null" : row + 0.25,
                    row % 7 == 0 ? "null" : "\"p \\\"" + row % 3 + "\\\"\"",
                    row));
      }
    }
    return bytes.toByteArray();
  }

  @Test
  void sample_hasRowsOfTheTimeAlone_andTheSameOnesEachTime() throws Exception {
    Instant from = FIRST.plus(Duration.ofDays(1)).plus(Duration.ofHours(6));
    StoredTable log = log(new Span(from, from.plus(Duration.ofMinutes(30))));
    try (QueryEngine engine = engine()) {
      LogSample all = LogSample.of(engine, log, 5_000, asked);
      // a row each 7.2 s
      assertThat(all.rows().rows()).isEqualTo(250);
      assertThat(all.entities()).doesNotHaveDuplicates().contains("e0", "e249");
      assertThat(Arrays.stream(all.rows().numbers("Loan amount")).filter(Double::isNaN).count())
          .isEqualTo(25);
      assertThat(all.rows().categories("city/part")).contains("p \"1\"").containsNull();
      assertThat(Arrays.stream(all.scores()).max()).hasValue(0.249);
      LogSample some = LogSample.of(engine, log, 20, asked);
      // of the digest of each row's id, so that every engine picks these
      assertThat(some.entities()).isEqualTo(all.entities().subList(0, 20));
      assertThat(some.entities().subList(0, 3)).isEqualTo(SAMPLED);
    }
  }

  /** Of the least MD5, by another program. */
  private static final List<String> SAMPLED = List.of("e158", "e154", "e142");

  @Test
  void sample_ofNamedParts_hasAllTheirRows() throws Exception {
    Instant from = FIRST.plus(Duration.ofHours(5));
    Span span = new Span(from, from.plus(Duration.ofHours(25)));
    StoredTable log = log(span);
    List<String> parts =
        List.of(log.prefix() + "dt=2026-03-01/hr=06/a-1", log.prefix() + "dt=2026-03-02/hr=05/a-1");
    try (QueryEngine engine = engine()) {
      LogSample all =
          LogSample.of(engine, StoredTable.log(name, 1, LOGGED, parts, span), 5_000, asked);
      assertThat(all.rows().rows()).isEqualTo(1_000);
    }
  }

  @Test
  void sample_ofATimeWithoutALog_isEmpty() throws Exception {
    Instant from = FIRST.plus(Duration.ofDays(400));
    StoredTable log = log(new Span(from, from.plus(Duration.ofHours(1))));
    try (QueryEngine engine = engine()) {
      assertThat(LogSample.of(engine, log, 10, asked).rows().rows()).isZero();
    }
  }
}
