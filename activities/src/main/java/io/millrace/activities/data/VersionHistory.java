package io.millrace.activities.data;

import io.millrace.activities.store.ObjectStore;
import io.millrace.activities.store.Sequences;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.spec.ExpectationSpec.History;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * Counts of each version of a dataset, oldest first, {@code history/<name>/<seq>.json}, and whether
 * the rows at hand are like them: no fewer and no more rows and different values than the least and
 * the greatest there were, give or take a share, and no greater share of missing values. One count
 * is off by the error of its estimate (different values, about 2 %).
 */
final class VersionHistory {
  /** A hundredth of rows without a value more than ever is nothing to stop for. */
  private static final double SLACK = 0.01;

  private final Sequences sequences;
  private final String prefix;
  private final boolean asked;
  private @Nullable Counts own;

  /**
   * @param asked whether a rule compares: else rows and missing values are remembered alone
   */
  VersionHistory(ObjectStore store, String name, boolean asked) {
    this.asked = asked;
    this.sequences = new Sequences(store);
    this.prefix = "history/" + name + "/";
  }

  /**
   * @param missing share of rows, 0..1
   * @param distinct different values, about; null where no rule asked for them
   */
  record ColumnCounts(double missing, @Nullable Long distinct) {
    long different() {
      return distinct == null ? 0 : distinct;
    }
  }

  /**
   * @param dataset the version's digest; empty as long as there is none
   * @param rows read, before any was dropped
   */
  record Counts(String dataset, long rows, Map<String, ColumnCounts> columns) {
    Counts {
      columns = Collections.unmodifiableMap(new TreeMap<>(columns));
    }
  }

  /** What is not as it was, in sentences. */
  List<String> unlike(History rule) {
    List<Counts> before = before(rule.versions());
    Counts now = own;
    if (before.size() < 2 || now == null) {
      return List.of();
    }
    List<String> unlike = new ArrayList<>();
    double change = rule.allowed();
    outside("rows", now.rows(), before, Counts::rows, change, unlike);
    now.columns()
        .forEach(
            (name, counts) -> {
              List<ColumnCounts> then =
                  before.stream()
                      .filter(b -> b.columns().containsKey(name))
                      .map(b -> b.columns().get(name))
                      .toList();
              if (then.size() < 2) {
                return;
              }
              List<ColumnCounts> told =
                  then.stream().filter(counted -> counted.distinct() != null).toList();
              if (told.size() >= 2) {
                outside(
                    name + ": different values",
                    counts.different(),
                    told,
                    ColumnCounts::different,
                    change,
                    unlike);
              }
              double most = then.stream().mapToDouble(ColumnCounts::missing).max().orElse(0);
              if (counts.missing() > most * (1 + change) + SLACK) {
                unlike.add(
                    String.format(
                        Locale.ROOT,
                        "%s: null in %.3g%% of rows, at most %.3g%% in %d versions before",
                        name,
                        counts.missing() * 100,
                        most * 100,
                        then.size()));
              }
            });
    return unlike;
  }

  private static <T> void outside(
      String what,
      long now,
      List<T> before,
      ToDoubleFunction<T> value,
      double change,
      List<String> unlike) {
    double least = before.stream().mapToDouble(value).min().orElse(0);
    double most = before.stream().mapToDouble(value).max().orElse(0);
    if (now < Math.floor(least * (1 - change)) || now > Math.ceil(most * (1 + change))) {
      unlike.add(
          String.format(
              Locale.ROOT,
              "%s: %d, %.0f to %.0f in %d versions before",
              what,
              now,
              least,
              most,
              before.size()));
    }
  }

  private List<Counts> before(int versions) {
    List<Sequences.Entry> all = sequences.all(prefix);
    List<Counts> counts = new ArrayList<>();
    for (Sequences.Entry entry : all.subList(Math.max(0, all.size() - versions), all.size())) {
      try {
        counts.add(PayloadJson.mapper().readValue(entry.content(), Counts.class));
      } catch (IOException e) {
        throw Failures.of(
            FailureType.PAYLOAD_UNREADABLE, e, prefix + entry.seq() + " (expected: counts)");
      }
    }
    return counts;
  }

  /** What is to be asked of {@code typed}, two answers a column: SQL of aggregates. */
  List<String> questions(List<Column> columns) {
    List<String> questions = new ArrayList<>();
    for (Column column : columns) {
      boolean full = column.raw().seen().full();
      questions.add(full ? "count(*)" : "count(%s)".formatted(column.sql()));
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
    own = new Counts("", rows, counted);
  }

  /** Remembers a version; once, when the same one is made again and again. */
  void remember(String digest) {
    Counts counts = own;
    if (counts == null) {
      return;
    }
    Counts entry = new Counts(digest, counts.rows(), counts.columns());
    byte[] content;
    try {
      content = PayloadJson.mapper().writeValueAsBytes(entry);
    } catch (IOException e) {
      throw new IllegalStateException("a record can be written", e);
    }
    sequences.append(
        prefix,
        (seq, head) ->
            head != null && java.util.Arrays.equals(head.content(), content) ? null : content);
  }
}
