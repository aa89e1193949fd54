package io.millrace.activities.data;

import io.millrace.activities.query.VersionCounts;
import io.millrace.activities.query.VersionCounts.ColumnCounts;
import io.millrace.activities.store.ObjectStore;
import io.millrace.activities.store.Sequences;
import io.millrace.workflows.spec.ExpectationSpec.History;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Remembers what was counted of each version of a dataset, and tells whether the rows at hand are
 * like those ({@link VersionCounts}).
 */
final class VersionHistory {
  private final ObjectStore store;
  private final String name;
  private final boolean asked;
  private final boolean all;
  private @Nullable VersionCounts own;

  /**
   * @param asked whether a rule compares: else rows and missing values are remembered alone
   * @param all whether {@code typed} has every row that was read
   */
  VersionHistory(ObjectStore store, String name, boolean asked, boolean all) {
    this.asked = asked;
    this.all = all;
    this.store = store;
    this.name = name;
  }

  /** What is not as it was, in sentences; nothing as long as nothing was taken. */
  List<String> unlike(History rule) {
    VersionCounts now = own;
    return now == null
        ? List.of()
        : now.unlike(rule, VersionCounts.last(store, name, rule.versions(), null));
  }

  /** Rows of {@code typed} without a value; -1 where that is not known and must be asked. */
  long missing(Column column) {
    long missing = column.missing();
    return missing == 0 || all ? missing : -1;
  }

  /** What is to be asked of {@code typed}, two answers a column: SQL of aggregates. */
  List<String> questions(List<Column> columns) {
    List<String> questions = new ArrayList<>();
    for (Column column : columns) {
      long missing = missing(column);
      questions.add(missing >= 0 ? "count(*) - " + missing : "count(%s)".formatted(column.sql()));
      // to tell values apart costs as much as all else that is asked of a column
      questions.add(asked ? "approx_count_distinct(%s)".formatted(column.sql()) : "NULL");
    }
    return questions;
  }

  /** Takes the answers, to compare and to remember. */
  void take(List<Column> columns, long rows, List<@Nullable Object> answers) {
    Map<String, ColumnCounts> counted = new TreeMap<>();
    for (int i = 0; i < columns.size(); i++) {
      double there = answers.get(2 * i) instanceof Number n ? n.doubleValue() : 0;
      Long distinct = answers.get(2 * i + 1) instanceof Number n ? (Long) n.longValue() : null;
      counted.put(
          columns.get(i).name(), new ColumnCounts(rows == 0 ? 0 : 1 - there / rows, distinct));
    }
    own = new VersionCounts("", rows, counted);
  }

  /** Remembers a version; once, when the same one is made again and again. */
  void remember(String digest) {
    VersionCounts counts = own;
    if (counts == null) {
      return;
    }
    VersionCounts entry = new VersionCounts(digest, counts.rows(), counts.columns());
    byte[] content;
    try {
      content = PayloadJson.mapper().writeValueAsBytes(entry);
    } catch (IOException e) {
      throw new IllegalStateException("a record can be written", e);
    }
    new Sequences(store)
        .append(
            VersionCounts.prefix(name),
            (seq, head) ->
                head != null && java.util.Arrays.equals(head.content(), content) ? null : content);
  }
}
