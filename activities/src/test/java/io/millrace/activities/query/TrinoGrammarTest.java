package io.millrace.activities.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.activities.dataset.DuckDb;
import io.millrace.activities.query.QueryEngine.Asked;
import io.millrace.activities.query.StoredTable.Field;
import io.millrace.activities.query.StoredTable.Format;
import io.millrace.activities.query.StoredTable.Span;
import io.millrace.activities.spec.Rules;
import io.millrace.inference.model.Feature;
import io.millrace.workflows.spec.ExpectationSpec;
import io.millrace.workflows.spec.ExpectationSpec.OnBreak;
import io.trino.sql.parser.ParsingException;
import io.trino.sql.parser.SqlParser;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Everything that is asked is a statement of Trino's own grammar, and of a size Athena takes. */
class TrinoGrammarTest {
  private static final SqlParser TRINO = new SqlParser();
  private static final Asked ASKED = Asked.of("test");

  /** Athena's quota for a statement, in bytes. */
  private static final int LONGEST = 262_144;

  /** Parses what it is asked and answers as if there were rows. */
  private static final class Parsing implements QueryEngine {
    final List<String> asked = new ArrayList<>();

    @Override
    public Dialect dialect() {
      return Dialect.TRINO;
    }

    @Override
    public String relation(StoredTable table, Asked by) {
      return TableSql.rows(
          Dialect.TRINO, table, "\"db\".\"t\"", "\"$path\" LIKE '%" + "a".repeat(1_000) + "'");
    }

    @Override
    public Answer ask(String sql, Asked by) {
      TRINO.createStatement(sql);
      assertThat(sql.length()).isLessThan(LONGEST);
      asked.add(sql);
      List<@Nullable String> row = new ArrayList<>();
      if (sql.contains("approx_percentile")) {
        String cuts = String.join(" ", DuckDb.list(512, i -> -(i + 1 / 3.0) + "E-105").split(", "));
        for (int c = 0; c < 16; c++) {
          row.addAll(List.of("900", "1.5", "2.5", "-1E105", "9.25", "600", cuts));
        }
      } else if (sql.contains("AS least")) {
        row.addAll(List.of("0", "1.0", "2.0", "5"));
      } else if (sql.contains("AS v, count(*)")) {
        row.addAll(List.of("0", "x", "5"));
      } else {
        row.add("5");
        row.addAll(Collections.nCopies(40, "0"));
      }
      return new Answer(List.of(row), 0);
    }

    @Override
    public void close() {}
  }

  @Test
  void profile_ofManyColumnsOfLongNumbers_isAskedInStatementsThatFit() {
    List<Field> fields = new ArrayList<>();
    for (int i = 0; i < 15; i++) {
      fields.add(Field.of("a rather long name of the column \"" + i + "\"", true));
    }
    Parsing engine = new Parsing();
    TableProfile.of(engine, new StoredTable("p/", Format.PARQUET, fields, null, null), null, ASKED);
    assertThat(engine.asked).hasSize(3);
    assertThat(engine.asked.get(2)).contains("width_bucket");
  }

  @Test
  void profileOfTexts_rules_quarantineAndSample_parse() {
    StoredTable table =
        new StoredTable(
            "p/",
            Format.PARQUET,
            List.of(
                Field.of("Größe", true),
                Field.of("it's", false),
                new Field("at", "timestamp"),
                new Field("price", "decimal(10,2)")),
            null,
            null);
    Parsing engine = new Parsing();
    TableProfile.of(engine, table, List.of("it's"), ASKED);
    TableRules rules =
        new TableRules(
            engine,
            table,
            List.of(
                rule("Größe", true, null, null, null, null, null),
                rule("Größe", null, null, Arrays.asList(-1e-7, 1e9), null, null, null),
                rule("Größe", null, true, null, null, null, null),
                rule("it's", null, null, null, List.of("a'b", "c"), null, null),
                rule("it's", null, null, null, null, "[a-z']+\\d", null),
                rule("Größe", null, null, null, null, "[0-9]+\\.0", null),
                Rules.on("it's").unique().then(OnBreak.DROP, 1),
                Rules.ofTable().history(null, null).then(OnBreak.WARN, 1),
                rule("at", null, null, null, null, null, Duration.ofDays(1)),
                rule("price", null, null, null, null, null, Duration.ofDays(1))),
            ASKED);
    rules.check(Instant.EPOCH);
    rules.quarantine(10);
    Span span = new Span(Instant.EPOCH, Instant.EPOCH.plusSeconds(60));
    Feature feature = new Feature("a \"b\" \\", Feature.Kind.NUMBER, false, null, null, null, null);
    Parsing sampled = new Parsing();
    assertThatThrownBy(
            () ->
                LogSample.of(
                    new Broken(), StoredTable.log("m", 1, List.of(feature), null, span), 5, ASKED))
        .isInstanceOf(ParsingException.class);
    LogSample.of(sampled, StoredTable.log("m", 1, List.of(feature), null, span), 5, ASKED);
    assertThat(sampled.asked.getFirst())
        .contains("dt BETWEEN '1969-12-31' AND '1970-01-01'")
        .contains("(dt || '-' || hr) BETWEEN '1969-12-31-23' AND '1970-01-01-00'");
  }

  /** That a statement which is none is noticed. */
  private static final class Broken implements QueryEngine {
    @Override
    public Dialect dialect() {
      return Dialect.DUCKDB;
    }

    @Override
    public String relation(StoredTable table, Asked by) {
      return "read_csv(['a'], columns = {'line': 'VARCHAR'})";
    }

    @Override
    public Answer ask(String sql, Asked by) {
      TRINO.createStatement(sql);
      return new Answer(List.of(), 0);
    }

    @Override
    public void close() {}
  }

  private static ExpectationSpec rule(
      String column,
      @Nullable Boolean notNull,
      @Nullable Boolean unique,
      @Nullable List<@Nullable Double> range,
      @Nullable List<String> set,
      @Nullable String regex,
      @Nullable Duration freshness) {
    return new ExpectationSpec(
        column,
        notNull,
        unique,
        range,
        set,
        regex,
        null,
        freshness,
        null,
        unique == null && freshness == null ? OnBreak.DROP : OnBreak.WARN,
        1);
  }
}
