package io.millrace.activities.data;

import io.millrace.activities.dataset.DuckDb;
import io.millrace.workflows.spec.SplitSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Divides a large table by a number that each row has: within a stratum, the smallest keys are the
 * test split, the next ones validation. The keys are read once and sorted beside the database; then
 * the rows of each split are marked, so that no row is sorted or joined to learn its split. Rows of
 * equal key stay together; where such a set does not fit into what is left of a split, a few keys
 * are on the other side of the bound.
 */
final class KeySplit implements AutoCloseable {
  /** More strata would make too long a condition. */
  private static final int MOST = 200;

  private final DuckDb db;
  private final SplitSpec spec;
  private final Map<String, Long> rows = new TreeMap<>();
  private final Map<String, Long> sizes;
  private final SortedKeys keys;
  private final KeyLog log;

  /**
   * Reads the keys.
   *
   * @param file that is not there, for the keys
   * @param sizes rows by stratum, at most {@link #MOST}
   * @param key SQL over {@code clean}: a UBIGINT, evenly spread, equal for rows that stay together
   * @param stratum SQL over {@code clean}: a text, equal for equal keys
   */
  KeySplit(
      DuckDb db, Path file, SplitSpec spec, Map<String, Long> sizes, String key, String stratum)
      throws SQLException {
    this.db = db;
    this.spec = spec;
    this.sizes = sizes;
    this.keys = new SortedKeys(file, sizes.size());
    try {
      this.log = new KeyLog(file.resolveSibling(file.getFileName() + "-log"));
    } catch (IOException e) {
      keys.close();
      throw SortedKeys.unwritable(e);
    }
    boolean grouped = sizes.size() > 1;
    try {
      db.blocks(
          "SELECT rn, k%s FROM (SELECT rn, %s AS k, %s AS s FROM clean)"
              .formatted(grouped ? ", " + group() : "", SortedKeys.key(key), stratum),
          (block, count) -> {
            for (int i = 0; i < count; i++) {
              int group = grouped ? (int) block.vector(2).getLong(i) : 0;
              long own = block.vector(1).getLong(i);
              keys.add(group, own);
              log.add(block.vector(0).getLong(i), group, own);
            }
          });
    } catch (UncheckedIOException e) {
      close();
      throw SortedKeys.unwritable(e);
    } catch (SQLException | RuntimeException e) {
      close();
      throw e;
    }
  }

  /** Rows by stratum; empty when there are too many of them. */
  static Map<String, Long> strata(DuckDb db, String stratum) throws SQLException {
    Map<String, Long> sizes = new TreeMap<>();
    for (List<@Nullable Object> row :
        db.rows("SELECT %s AS s, count(*) FROM clean GROUP BY 1 ORDER BY 1".formatted(stratum))) {
      if (row.get(1) instanceof Number count) {
        sizes.put(String.valueOf(row.get(0)), count.longValue());
      }
    }
    return sizes.size() > MOST ? Map.of() : sizes;
  }

  /** A stratum's number, in the order of their names. */
  private String group() {
    StringBuilder group = new StringBuilder("CAST(CASE s");
    int number = 0;
    for (String name : sizes.keySet()) {
      group.append(" WHEN ").append(DuckDb.text(name)).append(" THEN ").append(number++);
    }
    return group.append(" END AS BIGINT)").toString();
  }

  /** Different keys; one of two strata counts twice. */
  long different() throws SQLException {
    return keys.different();
  }

  /** Where a stratum's splits end, and what is placed in spite of it. */
  private static final class Bounds {
    final Quota quota;
    @Nullable Long test;
    @Nullable Long validation;
    final List<Set<Long>> beyond = List.of(Set.of(), new HashSet<>(), new HashSet<>());

    Bounds(Quota quota) {
      this.quota = quota;
    }

    int place(long key, long count) {
      int part = quota.take(count);
      if (part != Quota.TEST && test == null) {
        test = key;
      }
      if (part == Quota.TRAIN && validation == null) {
        validation = key;
      }
      boolean late =
          part == Quota.TEST ? test != null : part == Quota.VALIDATION && validation != null;
      if (late) {
        beyond.get(part).add(key);
      }
      return part;
    }

    int part(long key) {
      if (!beyond.get(Quota.TEST).isEmpty() && beyond.get(Quota.TEST).contains(key)) {
        return Quota.TEST;
      }
      if (!beyond.get(Quota.VALIDATION).isEmpty() && beyond.get(Quota.VALIDATION).contains(key)) {
        return Quota.VALIDATION;
      }
      if (test == null || key < test) {
        return Quota.TEST;
      }
      return validation == null || key < validation ? Quota.VALIDATION : Quota.TRAIN;
    }
  }

  /**
   * Makes the view {@code parted}.
   *
   * @return rows by split
   */
  Map<String, Long> split() throws SQLException {
    Map<String, Quota> quotas = Quota.of(sizes, spec, false);
    List<Bounds> bounds = new ArrayList<>();
    for (String stratum : sizes.keySet()) {
      Bounds own = new Bounds(quotas.getOrDefault(stratum, Quota.none()));
      keys.each(bounds.size(), (next, count) -> placed(own, next, count));
      bounds.add(own);
    }
    long total = sizes.values().stream().mapToLong(Long::longValue).sum();
    long others = rows.values().stream().mapToLong(Long::longValue).sum();
    rows.put(Quota.PARTS.get(Quota.TRAIN), total - others);
    rows.values().removeIf(count -> count == 0);
    view(bounds);
    return rows;
  }

  /** False when all that follows is trained on. */
  private boolean placed(Bounds own, long next, long count) {
    int part = own.place(next, count);
    if (part != Quota.TRAIN) {
      rows.merge(Quota.PARTS.get(part), count, Long::sum);
    }
    return !own.quota.spent() || own.test == null || own.validation == null;
  }

  private void view(List<Bounds> bounds) throws SQLException {
    Marks test = new Marks();
    Marks validation = new Marks();
    try {
      log.each(
          (row, group, key) -> {
            int part = bounds.get(group).part(key);
            if (part == Quota.TEST) {
              test.add(row);
            } else if (part == Quota.VALIDATION) {
              validation.add(row);
            }
          });
    } catch (IOException e) {
      throw SortedKeys.unwritable(e);
    }
    db.run(
        "CREATE VIEW parted AS SELECT *, CASE WHEN %s THEN %d WHEN %s THEN %d ELSE %d END AS part FROM clean"
            .formatted(
                test.sql(db, "rows_of_test", "rn"),
                Quota.TEST,
                validation.sql(db, "rows_of_validation", "rn"),
                Quota.VALIDATION,
                Quota.TRAIN));
  }

  @Override
  public void close() throws SQLException {
    try (keys) {
      log.close();
    } catch (IOException e) {
      throw SortedKeys.unwritable(e);
    }
  }
}
