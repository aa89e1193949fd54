package io.millrace.activities.query;

import io.millrace.activities.dataset.DuckDb;
import io.millrace.activities.query.QueryEngine.Answer;
import io.millrace.activities.query.QueryEngine.Asked;
import io.millrace.workflows.port.data.DataActivities.ExpectationOutcome;
import io.millrace.workflows.spec.ExpectationSpec;
import io.temporal.failure.ApplicationFailure;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A stored table against expectations, all of them in one query; nothing is fetched but counts. The
 * outcomes are those of an ingest of the same rows.
 */
public final class TableRules {
  private final QueryEngine engine;
  private final StoredTable table;
  private final List<RuleSql> rules = new ArrayList<>();
  private final List<VersionCounts> versions;
  private final Asked asked;

  /** With no version before. */
  public TableRules(
      QueryEngine engine, StoredTable table, List<ExpectationSpec> expectations, Asked asked) {
    this(engine, table, expectations, List.of(), asked);
  }

  /**
   * @param versions what was counted of the versions before, oldest first, for {@code history}
   * @throws io.temporal.failure.ApplicationFailure {@code CONFIG_INVALID} when a rule cannot be
   *     checked
   */
  public TableRules(
      QueryEngine engine,
      StoredTable table,
      List<ExpectationSpec> expectations,
      List<VersionCounts> versions,
      Asked asked) {
    this.engine = engine;
    this.table = table;
    this.versions = versions;
    this.asked = asked;
    for (ExpectationSpec expectation : expectations) {
      rules.add(RuleSql.of(expectation, rules.size(), table, engine.dialect()));
    }
  }

  /** Whether a rule speaks of columns that the stored table has, in a way that can be checked. */
  public static boolean checkable(
      QueryEngine engine, StoredTable table, ExpectationSpec expectation) {
    try {
      RuleSql.of(expectation, 0, table, engine.dialect());
      return true;
    } catch (ApplicationFailure refused) {
      return false;
    }
  }

  /**
   * @param rows there are
   * @param kept rows that break no rule that drops
   * @param refused why the table is none to train on, a sentence each; empty when it is
   */
  public record Checked(
      long rows,
      long kept,
      List<ExpectationOutcome> outcomes,
      List<String> refused,
      long scannedBytes) {
    public Checked {
      outcomes = List.copyOf(outcomes);
      refused = List.copyOf(refused);
    }
  }

  /**
   * @param now what freshness is measured against; null when nobody knows
   */
  public Checked check(@Nullable Instant now) {
    List<String> drops =
        rules.stream().filter(RuleSql::drops).map(r -> "(" + r.broken() + ")").toList();
    List<String> counts = new ArrayList<>();
    counts.add("count(*)");
    counts.add(drops.isEmpty() ? "0" : "count_if(" + String.join(" OR ", drops) + ")");
    rules.forEach(rule -> counts.addAll(rule.counts()));
    Answer answer =
        engine.ask("SELECT %s FROM %s t".formatted(String.join(", ", counts), rows(rules)), asked);
    List<@Nullable String> row = answer.row();
    long total = number(row.get(0));
    long kept = total - number(row.get(1));
    RuleVerdicts verdicts = new RuleVerdicts();
    // rules about rows first, as an ingest tells them
    for (boolean aboutRows : new boolean[] {true, false}) {
      int at = 2;
      for (RuleSql rule : rules) {
        List<@Nullable String> counted = row.subList(at, at + rule.counts().size());
        at += counted.size();
        if (aboutRows && aboutRows(rule)) {
          verdicts.ofRows(rule.spec(), rule.sentence(), number(counted.getFirst()), total);
        } else if (!aboutRows && !aboutRows(rule)) {
          verdicts.ofTable(rule.spec(), rule.sentence(), observed(rule, counted, total, kept, now));
        }
      }
    }
    return new Checked(total, kept, verdicts.outcomes(), verdicts.refused(), answer.scannedBytes());
  }

  /** The table, and beside it what rules speak of. */
  private String rows(List<RuleSql> some) {
    String rows = engine.relation(table, asked);
    for (RuleSql rule : some) {
      rows = rule.over().apply(rows);
    }
    return rows;
  }

  /**
   * Rows that break a rule which drops, as they are stored, and why: the sentences, in the rules'
   * order, are the last column.
   *
   * @param most rows; those that come first by no order
   */
  public Answer quarantine(int most) {
    List<String> drops = new ArrayList<>();
    List<String> reasons = new ArrayList<>();
    for (RuleSql rule : rules) {
      if (rule.drops()) {
        drops.add("(" + rule.broken() + ")");
        reasons.add(
            "CASE WHEN %s THEN %s END".formatted(rule.broken(), DuckDb.text(rule.sentence())));
      }
    }
    if (drops.isEmpty()) {
      return new Answer(List.of(), 0);
    }
    return engine.ask(
        "SELECT %s, concat_ws('; ', %s) AS millrace_reason FROM %s t WHERE %s LIMIT %d"
            .formatted(
                String.join(", ", table.fields().stream().map(f -> DuckDb.name(f.name())).toList()),
                String.join(", ", reasons),
                rows(rules.stream().filter(RuleSql::drops).toList()),
                String.join(" OR ", drops),
                most),
        asked);
  }

  private static boolean aboutRows(RuleSql rule) {
    return rule.broken() != null || Boolean.TRUE.equals(rule.spec().unique());
  }

  /** What is wrong with the whole; empty when nothing is. */
  private String observed(
      RuleSql rule, List<@Nullable String> counts, long total, long kept, @Nullable Instant now) {
    ExpectationSpec spec = rule.spec();
    ExpectationSpec.Bounds bounds = spec.rows();
    if (bounds != null) {
      boolean few = bounds.min() != null && kept < bounds.min();
      boolean many = bounds.max() != null && kept > bounds.max();
      return few || many ? "rows: " + kept : "";
    }
    if (spec.history() != null) {
      return String.join("; ", counted(counts, total).unlike(spec.history(), versions));
    }
    String counted = counts.getFirst();
    Double most = spec.nulls();
    if (most != null) {
      long missing = total - number(counted);
      double share = total == 0 ? 0 : (double) missing / total;
      return share > most
          ? String.format(
              Locale.ROOT,
              "%s: null in %d of %d rows, %.3g%%",
              spec.column(),
              missing,
              total,
              share * 100)
          : "";
    }
    if (counted == null) {
      return spec.column() + ": no time";
    }
    if (now == null) {
      return spec.column() + ": the source gives no time of its own to measure against";
    }
    Instant at = Instant.ofEpochMilli((long) Double.parseDouble(counted));
    Duration limit = spec.freshness();
    return limit != null && at.plus(limit).isBefore(now)
        ? "%s: newest %s, the data is of %s".formatted(spec.column(), at, now)
        : "";
  }

  private VersionCounts counted(List<@Nullable String> counts, long total) {
    Map<String, VersionCounts.ColumnCounts> columns = new HashMap<>();
    for (int i = 0; i < table.fields().size(); i++) {
      double there = number(counts.get(2 * i));
      columns.put(
          table.fields().get(i).name(),
          new VersionCounts.ColumnCounts(
              total == 0 ? 0 : 1 - there / total, number(counts.get(2 * i + 1))));
    }
    return new VersionCounts("", total, columns);
  }

  private static long number(@Nullable String text) {
    return text == null ? 0 : Long.parseLong(text);
  }
}
