package io.millrace.activities.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.activities.dataset.Datasets;
import io.millrace.activities.dataset.DuckDb;
import io.millrace.activities.query.AthenaEmulator;
import io.millrace.activities.query.AthenaEngine;
import io.millrace.activities.query.QueryEngine.Asked;
import io.millrace.activities.query.StoredTable;
import io.millrace.activities.query.TableRules;
import io.millrace.activities.secret.Secrets;
import io.millrace.activities.store.S3Store;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.data.DataActivities.IngestResult;
import io.millrace.workflows.spec.ExpectationSpec;
import io.millrace.workflows.spec.ExpectationSpec.OnBreak;
import io.millrace.workflows.spec.SourceSpec;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.s3.S3Client;

/** A source of Parquet objects in a bucket, checked by Athena's protocol before it is fetched. */
class QueriedIngestIT {
  private static AthenaEmulator emulator;
  @TempDir private Path root;
  private S3Store store;
  private Ingests ingests;
  private final List<String> fetched = new ArrayList<>();

  @BeforeAll
  static void up() throws Exception {
    emulator = AthenaEmulator.start();
  }

  @AfterAll
  static void down() {
    emulator.close();
  }

  @BeforeEach
  void source() throws Exception {
    store = new S3Store(emulator.s3(), AthenaEmulator.BUCKET, "it");
    try (S3Client s3 = emulator.s3();
        DuckDb db = DuckDb.open(1, root.resolve("spill"))) {
      s3.createBucket(create -> create.bucket("sources"));
      for (int part = 0; part < 2; part++) {
        Path file = root.resolve("part-" + part + ".parquet");
        db.run(
            ("COPY (SELECT i AS \"Age\", CASE WHEN i %% 10 <> 3 THEN 'k' || i %% 5 END AS kind,"
                    + " CASE WHEN i %% 4 = 0 THEN '' ELSE 'w' || i %% 3 END AS word,"
                    + " (i * 13) %% 5 %% 2 AS y FROM range(%d, %d) r(i)) TO '%s' (FORMAT parquet)")
                .formatted(part * 500, part * 500 + 500, file));
        int number = part;
        s3.putObject(put -> put.bucket("sources").key("t/part-" + number + ".parquet"), file);
      }
      s3.putObject(
          put -> put.bucket("sources").key("t/_SUCCESS"),
          software.amazon.awssdk.core.sync.RequestBody.fromString(""));
    }
    DuckDbIngest plain =
        new DuckDbIngest(
            store,
            root.resolve("scratch"),
            new Secrets(Map.of()),
            () -> {
              fetched.add("source");
              return emulator.s3();
            },
            Duration.ofSeconds(2),
            Duration.ofSeconds(2));
    ingests = new Ingests(root, store, plain).from(new SourceSpec(null, "s3://sources/t/", null));
  }

  private QueriedIngest queried() {
    return new QueriedIngest(
        ingests.ingest,
        source -> new AthenaEngine(emulator.athena(), source, emulator.settings()),
        uri -> new S3Store(emulator.s3(), uri.substring("s3://".length()), ""),
        root.resolve("scratch"));
  }

  private static ExpectationSpec rule(
      String column,
      @Nullable Boolean notNull,
      @Nullable List<@Nullable Double> range,
      @Nullable List<String> set,
      OnBreak onBreak) {
    return new ExpectationSpec(
        column, notNull, null, range, set, null, null, null, null, onBreak, 1);
  }

  @Test
  void aSourceThatBreaksARule_isRefusedInTheWordsOfAnIngest_andNotFetched() {
    ingests.expectations.add(rule("Age", null, Arrays.asList(0.0, 899.0), null, OnBreak.BLOCK));
    assertThatThrownBy(() -> queried().ingest(ingests.request()))
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.DATA_INVALID))
        .hasMessageContaining("100 of 1000 rows (expected: Age in [0.0, 899.0])");
    assertThat(fetched).isEmpty();
    assertThatThrownBy(() -> ingests.run())
        .hasMessageContaining("100 of 1000 rows (expected: Age in [0.0, 899.0])");
  }

  @Test
  void aSourceThatHoldsThem_isTheVersionThatItIsWithoutAthena() {
    ingests.expectations.add(rule("kind", true, null, null, OnBreak.DROP));
    ingests.expectations.add(rule("word", null, null, List.of("w0", "w1", "w2"), OnBreak.BLOCK));
    IngestResult plain = ingests.run();
    assertThat(queried().ingest(ingests.request()).dataset()).isEqualTo(plain.dataset());
  }

  @Test
  void rulesOverAPublishedVersion_countWhatTheIngestCounted() {
    ingests.expectations.add(rule("kind", true, null, null, OnBreak.WARN));
    ingests.expectations.add(rule("Age", null, Arrays.asList(100.0, null), null, OnBreak.WARN));
    ingests.expectations.add(rule("kind", null, null, List.of("k0", "k1"), OnBreak.WARN));
    ingests.expectations.add(rule("word", true, null, null, OnBreak.WARN));
    IngestResult result = ingests.run();
    StoredTable table =
        StoredTable.dataset(
            result.dataset(),
            new Datasets(store, root.resolve("scratch")).manifest(result.dataset()),
            null);
    try (AthenaEngine engine = new AthenaEngine(emulator.athena(), store, emulator.settings())) {
      TableRules.Checked checked =
          new TableRules(engine, table, ingests.expectations, Asked.of(result.dataset().digest()))
              .check(null);
      assertThat(checked.outcomes()).isEqualTo(result.expectations().subList(0, 4));
      assertThat(checked.rows()).isEqualTo(1_000);
    }
  }
}
