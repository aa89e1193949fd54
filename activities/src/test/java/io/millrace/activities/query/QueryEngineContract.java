package io.millrace.activities.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.activities.dataset.DuckDb;
import io.millrace.activities.dataset.ParquetProfile;
import io.millrace.activities.query.StoredTable.Field;
import io.millrace.activities.query.StoredTable.Format;
import io.millrace.activities.query.StoredTable.Span;
import io.millrace.inference.model.Feature;
import io.millrace.inference.profile.CategoryProfile;
import io.millrace.inference.profile.NumberProfile;
import io.millrace.inference.profile.Profile;
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
import java.util.List;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

/**
 * What every engine answers, of rows that are made here: exact answers are equal to the last digit,
 * what may be approximate lies within what is said here.
 */
abstract class QueryEngineContract extends RuleContract {
  /** How far a profile's share may be from that of all rows: half a bin of 512, and its cut. */
  private static final double RANK = 0.005;

  private static final List<Feature> LOGGED =
      List.of(
          new Feature("Loan amount", Feature.Kind.NUMBER, false, null, null, null, null),
          new Feature("city/part", Feature.Kind.CATEGORY, false, null, null, null, null));

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
