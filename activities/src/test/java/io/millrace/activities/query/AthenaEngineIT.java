package io.millrace.activities.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.activities.query.QueryEngine.Asked;
import io.millrace.activities.query.StoredTable.Span;
import io.millrace.activities.store.ObjectStore;
import io.millrace.activities.store.S3Store;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.athena.AthenaClient;

/** The contract on S3 by Athena's protocol, and what is Athena's alone: pruning, keys, tables. */
class AthenaEngineIT extends QueryEngineContract {
  private static AthenaEmulator emulator;
  private final S3Store store = new S3Store(emulator.s3(), AthenaEmulator.BUCKET, "it");

  @BeforeAll
  static void up() throws Exception {
    emulator = AthenaEmulator.start();
  }

  @AfterAll
  static void down() {
    emulator.close();
  }

  @Override
  ObjectStore store() {
    return store;
  }

  @Override
  QueryEngine engine() {
    return new AthenaEngine(emulator.athena(), store, emulator.settings());
  }

  @Test
  void aWindow_readsItsOwnHours_andNothingElse() throws Exception {
    StoredTable all = log(new Span(FIRST, FIRST.plus(Duration.ofDays(3))));
    StoredTable hour =
        log(
            new Span(
                FIRST.plus(Duration.ofHours(30)), FIRST.plus(Duration.ofHours(31)).minusMillis(1)));
    long one = store.sizeBytes(all.prefix() + "dt=2026-03-02/hr=06/a-1.jsonl.gz").orElseThrow();
    try (QueryEngine engine = engine()) {
      LogSample whole = LogSample.of(engine, all, 10_000, asked);
      LogSample window = LogSample.of(engine, hour, 10_000, asked);
      assertThat(whole.rows().rows()).isEqualTo(3_000);
      assertThat(window.rows().rows()).isEqualTo(500);
      // its hour and the one before, whose last part may reach into it; never the four others
      assertThat(window.scannedBytes()).isBetween(one, 3 * one);
      assertThat(whole.scannedBytes()).isGreaterThan(2 * window.scannedBytes());
    }
  }

  @Test
  void aColumn_isReadWithoutTheOthers() throws Exception {
    StoredTable table = table();
    try (QueryEngine engine = engine()) {
      long all = TableProfile.of(engine, table, null, asked).scannedBytes();
      long city = TableProfile.of(engine, table, List.of("city/part"), asked).scannedBytes();
      assertThat(city).isPositive().isLessThan(all / 4);
    }
  }

  @Test
  void theSameKey_startsAQueryOnce_anotherKeyAgain() throws Exception {
    StoredTable table = table();
    try (QueryEngine engine = engine();
        AthenaClient athena = emulator.athena()) {
      String sql = "SELECT count(*) FROM " + engine.relation(table, asked) + " t";
      int before = queries(athena);
      engine.ask(sql, asked);
      engine.ask(sql, asked);
      assertThat(queries(athena)).isEqualTo(before + 1);
      engine.ask(sql, Asked.of(name + " later"));
      assertThat(queries(athena)).isEqualTo(before + 2);
    }
  }

  private static int queries(AthenaClient athena) {
    return athena.listQueryExecutions().queryExecutionIds().size();
  }

  @Test
  void aTable_thatSomebodyDropped_isMadeAgain() throws Exception {
    StoredTable table = table();
    try (QueryEngine engine = engine()) {
      String relation = engine.relation(table, asked);
      engine.ask("SELECT count(*) FROM " + relation + " t", asked);
      String name = relation.replaceAll("(?s).*\\.\"(millrace_[0-9a-f]+)\".*", "$1");
      engine.ask("DROP TABLE " + AthenaEmulator.DATABASE + "." + name, asked);
      assertThatThrownBy(() -> engine.ask("SELECT count(*) + 1 FROM " + relation + " t", asked))
          .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.AWS_UNAVAILABLE));
      String again = engine.relation(table, asked);
      assertThat(engine.ask("SELECT count(*) + 2 FROM " + again + " t", asked).row())
          .containsExactly(String.valueOf(ROWS + 2));
    }
  }

  @Test
  void aDatabase_thatIsNotThere_isNamed() throws Exception {
    StoredTable table = table();
    AthenaSettings there = emulator.settings();
    AthenaSettings settings =
        new AthenaSettings(
            there.workgroup(), there.catalog(), "nowhere", there.output(), there.timeout());
    try (QueryEngine engine = new AthenaEngine(emulator.athena(), store, settings)) {
      assertThatThrownBy(() -> engine.relation(table, asked))
          .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.CONFIG_INVALID))
          .hasMessageContaining("athena.database");
    }
  }
}
