package io.millrace.activities.query;

import io.millrace.activities.dataset.DuckDb;
import io.millrace.activities.query.QueryEngine.Asked;
import io.millrace.activities.query.StoredTable.Field;
import io.millrace.activities.query.StoredTable.Format;
import io.millrace.activities.store.ObjectStore;
import io.millrace.workflows.spec.ExpectationSpec;
import io.millrace.workflows.spec.ExpectationSpec.OnBreak;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;

/** What a contract of engines stands on: a store, an engine over it, rows that are made here. */
abstract class StoredRows {
  static final int ROWS = 40_000;

  static final List<Field> FIELDS =
      List.of(
          Field.of("Loan amount", true),
          Field.of("age", true),
          Field.of("gain \"net\"", true),
          Field.of("city/part", false),
          Field.of("at", false));
  static final Instant FIRST = Instant.parse("2026-03-01T00:00:00Z");
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

  static ExpectationSpec rule(
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

  static ExpectationSpec sql(String condition) {
    return new ExpectationSpec(
        null, null, null, null, null, null, null, null, condition, OnBreak.WARN, 1);
  }
}
