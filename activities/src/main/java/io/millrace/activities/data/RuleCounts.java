package io.millrace.activities.data;

import io.millrace.activities.dataset.DuckDb;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Counts the rows of {@code typed} that break rules of one row alone, and what the history counts,
 * in as few passes as can be: what is known is not asked, a pattern or a set is held against each
 * different text once where texts repeat, and all else is asked in one statement.
 */
final class RuleCounts {
  /** Aggregates of one statement. */
  private static final int BATCH = 200;

  /** Rows that are looked at to see whether texts repeat, and different ones that they may have. */
  private static final int FIRST = 2048;

  private static final int FEW = 256;

  private final DuckDb db;
  private final List<Rule> rules;
  private final List<Column> columns;
  private final VersionHistory history;

  RuleCounts(DuckDb db, List<Rule> rules, List<Column> columns, VersionHistory history) {
    this.db = db;
    this.rules = rules;
    this.columns = columns;
    this.history = history;
  }

  /**
   * Rows by the number of the rule that they break; none where a rule cannot be computed.
   *
   * @param total rows of {@code typed}
   */
  Map<Integer, Long> count(long total) throws SQLException {
    Map<Integer, Long> counted = new HashMap<>();
    List<Integer> rows = new ArrayList<>();
    Map<Column, List<Integer>> texts = new LinkedHashMap<>();
    for (int i = 0; i < rules.size(); i++) {
      Rule rule = rules.get(i);
      if (rule.broken() == null || rule.spec().sql() != null || rule.spec().unique() != null) {
        continue;
      }
      Column column = column(rule);
      long missing = history.missing(column);
      if (Boolean.TRUE.equals(rule.spec().notNull()) && missing >= 0) {
        counted.put(i, missing);
      } else if (!column.number() && !column.time()) {
        texts.computeIfAbsent(column, c -> new ArrayList<>()).add(i);
      } else {
        rows.add(i);
      }
    }
    for (Column column : List.copyOf(texts.keySet())) {
      if (!repeat(column)) {
        rows.addAll(texts.remove(column));
      }
    }
    List<String> questions = new ArrayList<>(history.questions(columns));
    int asked = questions.size();
    rows.forEach(i -> questions.add("count_if(" + rules.get(i).broken() + ")"));
    try {
      List<@Nullable Object> answers = answers(questions);
      for (int k = 0; k < rows.size(); k++) {
        counted.put(rows.get(k), number(answers.get(asked + k)));
      }
      for (Map.Entry<Column, List<Integer>> entry : texts.entrySet()) {
        counted.putAll(values(entry.getKey(), entry.getValue()));
      }
      history.take(columns, total, answers.subList(0, asked));
      return counted;
    } catch (SQLException e) {
      // one by one, to name the rule
      history.take(columns, total, answers(questions.subList(0, asked)));
      return Map.of();
    }
  }

  /** Rules of a column, held against each different value. */
  private Map<Integer, Long> values(Column column, List<Integer> numbers) throws SQLException {
    String sums =
        String.join(
            ", ",
            numbers.stream()
                .map(i -> "sum(n) FILTER (WHERE " + rules.get(i).broken() + ")")
                .toList());
    List<@Nullable Object> row =
        db.row(
            "SELECT %1$s FROM (SELECT %2$s, count(*) AS n FROM typed GROUP BY %2$s)"
                .formatted(sums, column.sql()));
    Map<Integer, Long> counted = new HashMap<>();
    for (int k = 0; k < numbers.size(); k++) {
      counted.put(numbers.get(k), number(row.get(k)));
    }
    return counted;
  }

  private boolean repeat(Column column) throws SQLException {
    long different =
        db.number(
            "SELECT count(DISTINCT %1$s) FROM (SELECT %1$s FROM typed LIMIT %2$d)"
                .formatted(column.sql(), FIRST));
    return different <= FEW;
  }

  private Column column(Rule rule) {
    String name = String.valueOf(rule.spec().column());
    return columns.stream().filter(c -> c.name().equals(name)).findFirst().orElseThrow();
  }

  private List<@Nullable Object> answers(List<String> questions) throws SQLException {
    List<@Nullable Object> answers = new ArrayList<>();
    for (int at = 0; at < questions.size(); at += BATCH) {
      List<String> batch = questions.subList(at, Math.min(questions.size(), at + BATCH));
      answers.addAll(db.row("SELECT " + String.join(", ", batch) + " FROM typed"));
    }
    return answers;
  }

  private static long number(@Nullable Object value) {
    return value instanceof Number number ? number.longValue() : 0;
  }
}
