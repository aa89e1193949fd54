package io.millrace.activities.data;

import io.millrace.activities.dataset.DuckDb;
import io.millrace.activities.query.RuleVerdicts;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.data.DataActivities.ExpectationOutcome;
import io.millrace.workflows.spec.ExpectationSpec;
import io.millrace.workflows.spec.ExpectationSpec.OnBreak;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Checks the rules on {@code typed}, before anything is masked. Rows that break a {@code drop} rule
 * go to the table {@code broken(rn, rule)}. Every {@code block} rule that is broken is reported in
 * one failure.
 *
 * <p>Freshness is measured against the data's own clock, never the machine's: the end of the recent
 * rows' window when the request has one, else the newest time the source gives for its files.
 */
final class Expectations {
  private final DuckDb db;
  private final List<Rule> rules = new ArrayList<>();
  private final List<Column> columns;
  private final @Nullable Instant now;
  private final VersionHistory history;

  Expectations(
      DuckDb db,
      List<ExpectationSpec> specs,
      List<Column> columns,
      @Nullable Instant now,
      VersionHistory history) {
    this.history = history;
    this.db = db;
    this.columns = columns;
    this.now = now;
    specs.forEach(spec -> rules.add(Rule.of(spec, columns)));
  }

  /**
   * @throws io.temporal.failure.ApplicationFailure {@code DATA_INVALID} naming every broken rule
   *     that blocks and every {@code drop} rule over its cap
   */
  List<ExpectationOutcome> check() throws SQLException {
    db.run("CREATE TABLE broken (rn BIGINT, rule INTEGER)");
    long total = db.number("SELECT count(*) FROM typed");
    RuleVerdicts verdicts = new RuleVerdicts();
    Map<Integer, Long> counted = new RuleCounts(db, rules, columns, history).count(total);
    for (int i = 0; i < rules.size(); i++) {
      Rule rule = rules.get(i);
      if (rule.broken() != null) {
        long broken = counted.getOrDefault(i, -1L);
        if (broken != 0 && (broken < 0 || rule.spec().onBreak() == OnBreak.DROP)) {
          broken = rowRule(i, rule, rule.broken());
        }
        verdicts.ofRows(rule.spec(), rule.sentence(), broken, total);
      }
    }
    long kept = total - db.number("SELECT count(DISTINCT rn) FROM broken");
    for (Rule rule : rules) {
      if (rule.broken() == null) {
        String observed = table(rule, kept);
        verdicts.ofTable(rule.spec(), rule.sentence(), observed);
      }
    }
    if (!verdicts.refused().isEmpty()) {
      throw Failures.of(FailureType.DATA_INVALID, String.join("; ", verdicts.refused()));
    }
    return verdicts.outcomes();
  }

  /** The rules' sentences by number, for the quarantine. */
  String sentence(int rule) {
    return rules.get(rule).sentence();
  }

  private long rowRule(int index, Rule rule, String condition) throws SQLException {
    String rows = "SELECT rn, " + index + " FROM typed WHERE " + condition;
    try {
      if (rule.spec().onBreak() == OnBreak.DROP) {
        db.run("INSERT INTO broken " + rows);
        return db.number("SELECT count(*) FROM broken WHERE rule = " + index);
      }
      return db.number("SELECT count(*) FROM (" + rows + ")");
    } catch (SQLException e) {
      if (rule.spec().sql() == null && rule.spec().regex() == null) {
        throw e;
      }
      // the user's own condition or pattern; DuckDB's sentence may quote values, its kind does not
      throw Rule.invalid(
          rule.sentence() + ": " + SourceReader.kind(String.valueOf(e.getMessage())),
          rule.spec().sql() == null ? "a pattern of RE2" : "a condition DuckDB can evaluate");
    }
  }

  /** What is wrong with the whole; empty when nothing is. */
  private String table(Rule rule, long kept) throws SQLException {
    if (rule.spec().rows() != null) {
      return rows(rule, kept);
    }
    if (rule.spec().nulls() != null) {
      return nulls(rule, rule.spec().nulls());
    }
    return rule.spec().history() != null
        ? String.join("; ", history.unlike(rule.spec().history()))
        : freshness(rule);
  }

  private String nulls(Rule rule, double most) throws SQLException {
    Column column = column(rule);
    List<@Nullable Object> row =
        db.row("SELECT count(*), count(%s) FROM typed".formatted(column.sql()));
    double rows = row.get(0) instanceof Number all ? all.doubleValue() : 0;
    double missing = row.get(1) instanceof Number there ? rows - there.doubleValue() : 0;
    return rows > 0 && missing / rows > most
        ? String.format(
            Locale.ROOT,
            "%s: null in %.0f of %.0f rows, %.3g%%",
            column.name(),
            missing,
            rows,
            missing / rows * 100)
        : "";
  }

  private Column column(Rule rule) {
    String name = String.valueOf(rule.spec().column());
    return columns.stream().filter(c -> c.name().equals(name)).findFirst().orElseThrow();
  }

  private static String rows(Rule rule, long kept) {
    ExpectationSpec.Bounds bounds = rule.spec().rows();
    boolean few = bounds != null && bounds.min() != null && kept < bounds.min();
    boolean many = bounds != null && bounds.max() != null && kept > bounds.max();
    return few || many ? "rows: " + kept : "";
  }

  private String freshness(Rule rule) throws SQLException {
    Column column = column(rule);
    String name = column.name();
    // numbers are seconds, or milliseconds when they would be seconds after the year 5000
    String micros =
        column.time()
            ? "epoch_us(max(" + column.sql() + "))"
            : column.number()
                ? "CAST(max(%1$s) * (CASE WHEN max(%1$s) > 1e11 THEN 1e3 ELSE 1e6 END) AS BIGINT)"
                    .formatted(column.sql())
                : "epoch_us(max(try_cast(" + column.sql() + " AS TIMESTAMPTZ)))";
    Object newest = db.row("SELECT " + micros + " FROM typed").getFirst();
    if (!(newest instanceof Number number)) {
      return name + ": no time";
    }
    if (now == null) {
      return name + ": the source gives no time of its own to measure against";
    }
    Instant at = Instant.EPOCH.plus(number.longValue(), ChronoUnit.MICROS);
    Duration limit = rule.spec().freshness();
    return limit != null && at.plus(limit).isBefore(now)
        ? "%s: newest %s, the data is of %s".formatted(name, at, now)
        : "";
  }
}
