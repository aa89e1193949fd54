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
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
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
  void rules_thatCannotBeCheckedThere_areRefusedBeforeAnythingIsAsked() throws Exception {
    StoredTable table = table();
    try (QueryEngine engine = engine()) {
      assertThatThrownBy(
              () ->
                  new TableRules(
                      engine,
                      table,
                      List.of(rule("age", null, true, null, null, null, OnBreak.DROP)),
                      asked))
          .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.CONFIG_INVALID))
          .hasMessageContaining("age unique, on-break: drop (expected: warn or block");
      assertThatThrownBy(
              () ->
                  new TableRules(engine, table, List.of(sql("no_such_column > 1")), asked)
                      .check(null))
          .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.CONFIG_INVALID))
          .hasMessageContaining("condition");
    }
  }

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
