package io.millrace.activities.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.activities.dataset.DatasetManifest;
import io.millrace.activities.dataset.Datasets;
import io.millrace.activities.dataset.Table;
import io.millrace.workflows.port.data.DataActivities.IngestResult;
import io.millrace.workflows.spec.IncrementalSpec;
import io.millrace.workflows.spec.JdbcSpec;
import io.millrace.workflows.spec.SourceSpec;
import io.millrace.workflows.spec.SplitSpec;
import io.temporal.failure.ApplicationFailure;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against a real PostgreSQL, started from its binaries on a port of the loopback. */
class JdbcSourceTest {
  private static EmbeddedPostgres postgres;

  @TempDir private Path root;
  private Ingests ingests;

  @BeforeAll
  static void start() throws Exception {
    postgres = EmbeddedPostgres.builder().setServerConfig("listen_addresses", "127.0.0.1").start();
    run(
        "CREATE SCHEMA shop",
        "CREATE TABLE shop.loans AS SELECT i AS id, i * 1.5::numeric(10,2) AS amount, 'k' || i % 4"
            + " AS kind, i % 3 = 0 AS member, CASE WHEN i % 10 > 0 THEN i END AS sometimes,"
            + " timestamptz '2026-01-01 00:00:00+00' + i * interval '1 hour' AS at, ARRAY[i] AS"
            + " list, '{}'::jsonb AS doc, i * 13 % 5 % 2 AS y FROM generate_series(1, 12000) AS i",
        "CREATE ROLE reader LOGIN PASSWORD 'a password of a test'",
        "GRANT USAGE ON SCHEMA shop TO reader",
        "GRANT SELECT ON shop.loans TO reader",
        "CREATE TABLE shop.hidden AS SELECT 1 AS id");
  }

  @AfterAll
  static void stop() throws IOException {
    postgres.close();
  }

  private static void run(String... statements) throws SQLException {
    try (Connection connection = postgres.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  @BeforeEach
  void open() {
    ingests = new Ingests(root);
    ingests.id = "id";
    ingests.time = "at";
    ingests.split = new SplitSpec(SplitSpec.Kind.RANDOM, null, 0.2, 0, 1);
  }

  private static SourceSpec source(@Nullable String table, @Nullable String query) {
    return source(table, query, postgres.getPort(), null);
  }

  private static SourceSpec source(
      @Nullable String table, @Nullable String query, int port, @Nullable String password) {
    JdbcSpec jdbc =
        new JdbcSpec(
            "jdbc:postgresql://127.0.0.1:" + port + "/postgres",
            password == null ? "postgres" : "reader",
            password,
            table,
            query);
    return SourceSpecs.of(Map.of("jdbc", jdbc));
  }

  @Test
  void aTable_isReadWithItsTypes() {
    IngestResult result = ingests.from(source("shop.loans", null)).run();

    assertThat(result.rowsRead()).isEqualTo(12_000);
    Datasets datasets = new Datasets(ingests.store, root.resolve("reader"));
    DatasetManifest manifest = datasets.manifest(result.dataset());
    assertThat(manifest.features().stream().map(c -> c.name() + " " + c.type()))
        .containsExactly("amount NUMBER", "kind CATEGORY", "member CATEGORY", "sometimes NUMBER");
    Table train = datasets.read(result.dataset(), "train", List.of("id", "amount", "member", "at"));
    assertThat(train.categories("member")).containsOnly("true", "false");
    assertThat(train.categories("at")[0]).matches("2026-.*Z");
    for (int i = 0; i < train.rows(); i++) {
      assertThat(train.numbers("amount")[i])
          .isEqualTo(Integer.parseInt(String.valueOf(train.categories("id")[i])) * 1.5);
    }
    assertThat(ingests.run()).isEqualTo(result);
  }

  @Test
  void aQuery_isTakenAsItIs() {
    IngestResult result =
        ingests
            .from(
                source(
                    null, "SELECT id, at, amount, y FROM shop.loans WHERE id <= 500 ORDER BY id"))
            .run();
    assertThat(result.rowsRead()).isEqualTo(500);
  }

  /** What only an index's reader does: rows of a table that were looked at, by the statistics. */
  private static long scanned(String table) throws SQLException {
    try (Connection connection = postgres.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("SELECT pg_stat_force_next_flush()");
      try (java.sql.ResultSet row =
          statement.executeQuery(
              "SELECT coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) FROM"
                  + " pg_stat_all_tables WHERE relname = '"
                  + table
                  + "'")) {
        row.next();
        return row.getLong(1);
      }
    }
  }

  private static SourceSpec incremental(
      @Nullable String table, @Nullable String query, String mark, @Nullable Duration allow) {
    JdbcSpec all = Objects.requireNonNull(source(table, query).jdbc());
    IncrementalSpec.Late late = allow == null ? null : new IncrementalSpec.Late(allow, null);
    return SourceSpecs.of(Map.of("jdbc", all, "incremental", new IncrementalSpec(mark, late)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"at", "id", "price", "day", "clock"})
  void whatIsNew_isAskedForAndNotTheWholeTable(String mark) throws SQLException {
    String table = "new_by_" + mark;
    String columns =
        "i AS id, i * 0.1::numeric(10,2) AS price, i %% 7 AS a, timestamptz '2026-01-01"
            + " 00:00:00+02' + i * interval '1 hour' AS at, timestamp '2026-01-01 00:00:00' + i *"
            + " interval '1 hour' AS clock, date '2026-01-01' + i / 24 AS day, i * 13 %% 5 %% 2 AS"
            + " y FROM generate_series(%d, %d) AS i";
    run(
        "CREATE TABLE shop.%s AS SELECT ".formatted(table) + columns.formatted(0, 23_999),
        "CREATE INDEX ON shop.%s (%s)".formatted(table, mark),
        "ANALYZE shop." + table);
    ingests.time = "at";
    ingests.from(incremental("shop." + table, null, mark, null));
    IngestResult first = ingests.run();
    assertThat(first.rowsRead()).isEqualTo(24_000);
    run("INSERT INTO shop.%s SELECT ".formatted(table) + columns.formatted(24_000, 24_099));
    long before = scanned(table);

    IngestResult second = ingests.run();

    assertThat(scanned(table) - before).as("of 24,100 rows").isLessThan(1_000);
    assertThat(second.dataset().rows()).isEqualTo(24_100);
    assertThat(second.rowsRead()).isBetween(100L, 200L);
    assertThat(ingests.run().dataset()).as("nothing is new").isEqualTo(second.dataset());
  }

  @Test
  void whatIsNewOfAQuery_isItsOrderAndWithinWhatIsAllowed() throws SQLException {
    run(
        "CREATE TABLE shop.late AS SELECT i AS id, i % 7 AS a, timestamptz '2026-01-01 00:00:00+00'"
            + " + i * interval '1 hour' AS at, i * 13 % 5 % 2 AS y FROM generate_series(1, 2000) AS"
            + " i WHERE i <> 1990 AND i <> 1000");
    SourceSpec source =
        incremental(
            null, "SELECT id, a, at, y FROM shop.late ORDER BY id;", "at", Duration.ofHours(48));
    assertThat(ingests.from(source).run().dataset().rows()).isEqualTo(1_998);
    run(
        "INSERT INTO shop.late SELECT i, i % 7, timestamptz '2026-01-01 00:00:00+00' + i * interval"
            + " '1 hour', i % 2 FROM unnest(ARRAY[1000, 1990, 2001]) AS i");

    IngestResult second = ingests.run();

    assertThat(second.dataset().rows()).as("one is too late").isEqualTo(2_000);
    assertThat(second.rowsRead()).as("48 hours, and what is new").isBetween(49L, 52L);
  }

  @Test
  void aRowWithoutAWatermark_isStillRefused() throws SQLException {
    run(
        "CREATE TABLE shop.holes AS SELECT i AS id, i % 7 AS a, timestamptz '2026-01-01"
            + " 00:00:00+00' + i * interval '1 hour' AS at, i * 13 % 5 % 2 AS y FROM"
            + " generate_series(1, 2000) AS i");
    ingests.from(incremental("shop.holes", null, "at", null)).run();
    run("INSERT INTO shop.holes VALUES (2001, 1, NULL, 1)");

    assertThatThrownBy(ingests::run).hasMessageContaining("at: no time in 1 rows");
  }

  @Test
  void whatIsWrong_isToldWithoutWhatTheDatabaseSays() {
    assertRefused(source("shop.none", null), "DATA_UNREADABLE", "SQLSTATE 42P01");
    assertRefused(
        source(null, "SELECT 1/(id - 7) AS x FROM shop.loans"),
        "DATA_UNREADABLE",
        "SQLSTATE 22012");
    int port = postgres.getPort();
    assertRefused(
        source("shop.hidden", null, port, "secret:env:KEY"), "DATA_UNREADABLE", "SQLSTATE 42501");
    assertRefused(source("shop.loans", null, 1, null), "SOURCE_UNAVAILABLE", "SQLSTATE 08001");
    assertRefused(
        source(null, "DELETE FROM shop.loans RETURNING *"), "DATA_UNREADABLE", "SQLSTATE 25006");
  }

  private void assertRefused(SourceSpec source, String type, String words) {
    ingests.from(source);
    assertThatThrownBy(ingests::run)
        .isInstanceOfSatisfying(
            ApplicationFailure.class,
            e -> {
              assertThat(e.getType()).isEqualTo(type);
              assertThat(e.getOriginalMessage()).contains(words).doesNotContain(Ingests.KEY);
            });
  }
}
