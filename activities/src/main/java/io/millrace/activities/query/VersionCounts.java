package io.millrace.activities.query;

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
 * What was counted of a version when it was read, {@code history/<name>/<seq>.json}, and whether
 * other rows are like those of versions before: no fewer and no more rows and different values than
 * the least and the greatest there were, give or take a share, and no greater share of missing
 * values. One count is off by the error of its estimate (different values, about 2 %).
 *
 * @param dataset the version's digest; empty as long as there is none
 * @param rows read, before any was dropped
 * @param columns by name
 */
public record VersionCounts(String dataset, long rows, Map<String, ColumnCounts> columns) {
  /** A hundredth of rows without a value more than ever is nothing to stop for. */
  private static final double SLACK = 0.01;

  public VersionCounts {
    columns = Collections.unmodifiableMap(new TreeMap<>(columns));
  }

  /**
   * @param missing share of rows, 0..1
   * @param distinct different values, about; null where no rule asked for them
   */
  public record ColumnCounts(double missing, @Nullable Long distinct) {
    long different() {
      return distinct == null ? 0 : distinct;
    }
  }

  /** Where a dataset's counts lie. */
  public static String prefix(String name) {
    return "history/" + name + "/";
  }

  /**
   * Of the last versions, oldest first.
   *
   * @param digest those before this version; null for all
   */
  public static List<VersionCounts> last(
      ObjectStore store, String name, int versions, @Nullable String digest) {
    List<Sequences.Entry> all = new Sequences(store).all(prefix(name));
    int first = digest == null ? Math.max(0, all.size() - versions) : 0;
    List<VersionCounts> counts = new ArrayList<>();
    for (Sequences.Entry entry : all.subList(first, all.size())) {
      VersionCounts read;
      try {
        read = PayloadJson.mapper().readValue(entry.content(), VersionCounts.class);
      } catch (IOException e) {
        throw Failures.of(
            FailureType.PAYLOAD_UNREADABLE, e, prefix(name) + entry.seq() + " (expected: counts)");
      }
      if (read.dataset().equals(digest)) {
        break;
      }
      counts.add(read);
    }
    return counts.subList(Math.max(0, counts.size() - versions), counts.size());
  }

  /**
   * What is not as it was, in sentences; empty where fewer than two versions were counted.
   *
   * @param versions oldest first; as many of the last as the rule looks at
   */
  public List<String> unlike(History rule, List<VersionCounts> versions) {
    List<VersionCounts> before =
        versions.subList(Math.max(0, versions.size() - rule.versions()), versions.size());
    if (before.size() < 2) {
      return List.of();
    }
    List<String> unlike = new ArrayList<>();
    double change = rule.allowed();
    outside("rows", rows, before, VersionCounts::rows, change, unlike);
    columns.forEach(
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
}
