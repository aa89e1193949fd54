package io.millrace.activities.data;

import io.millrace.activities.dataset.DuckDb;
import io.millrace.activities.query.VersionCounts;
import io.millrace.activities.query.VersionCounts.ColumnCounts;
import io.millrace.activities.store.ObjectStore;
import io.millrace.activities.store.Sequences;
import io.millrace.workflows.spec.ExpectationSpec.History;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Remembers what was counted of each version of a dataset, and tells whether the rows at hand are
 * like those ({@link VersionCounts}).
 */
final class VersionHistory {
  private static final String ASKED = "count(%1$s), approx_count_distinct(%1$s)";

  /** To tell values apart costs as much as all else that is asked of a column. */
  private static final String UNASKED = "count(%1$s), NULL";

  private final DuckDb db;
  private final ObjectStore store;
  private final String name;
  private final boolean asked;
  private @Nullable VersionCounts own;

  /**
   * @param asked whether a rule compares: else rows and missing values are remembered alone
   */
  VersionHistory(DuckDb db, ObjectStore store, String name, boolean asked) {
    this.db = db;
    this.asked = asked;
    this.store = store;
    this.name = name;
  }

  /** What is not as it was, in sentences. */
  List<String> unlike(History rule, List<Column> columns) throws SQLException {
    return counts(columns).unlike(rule, VersionCounts.last(store, name, rule.versions(), null));
  }

  private VersionCounts counts(List<Column> columns) throws SQLException {
    if (own != null) {
      return own;
    }
    Map<String, ColumnCounts> counted = new TreeMap<>();
    long rows = db.number("SELECT count(*) FROM typed");
    for (int at = 0; at < columns.size(); at += 100) {
      List<Column> batch = columns.subList(at, Math.min(columns.size(), at + 100));
      List<@Nullable Object> row =
          db.row(
              "SELECT "
                  + String.join(
                      ", ",
                      batch.stream()
                          .map(c -> (asked ? ASKED : UNASKED).formatted(c.sql()))
                          .toList())
                  + " FROM typed");
      for (int i = 0; i < batch.size(); i++) {
        double there = row.get(2 * i) instanceof Number n ? n.doubleValue() : 0;
        Long distinct = row.get(2 * i + 1) instanceof Number n ? (Long) n.longValue() : null;
        counted.put(
            batch.get(i).name(), new ColumnCounts(rows == 0 ? 0 : 1 - there / rows, distinct));
      }
    }
    VersionCounts made = new VersionCounts("", rows, counted);
    own = made;
    return made;
  }

  /** VersionCounts {@code typed}, to be remembered; before it goes. */
  void take(List<Column> columns) throws SQLException {
    counts(columns);
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
