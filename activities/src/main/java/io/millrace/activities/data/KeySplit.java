package io.millrace.activities.data;

import io.millrace.activities.dataset.DuckDb;
import io.millrace.workflows.spec.SplitSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.duckdb.DuckDBReadableVector;
import org.jspecify.annotations.Nullable;

/**
 * Divides a large table by a number that each row has: within a stratum, the smallest keys are the
 * test split, the next ones validation. The keys are read once and put into order beside the
 * database, as far as the bounds of the splits; then the rows of each split are marked, and the
 * view {@code parted} works the number out again, so that no row is sorted or joined to learn its
 * split. Rows of equal key stay together; where such a set does not fit into what is left of a
 * split, a few keys are on the other side of the bound.
 */
final class KeySplit implements AutoCloseable {
  /** More strata, or keys beyond a bound, would make too long a condition. */
  private static final int MOST = 200;

  private final DuckDb db;
  private final SplitSpec spec;
  private final String key;
  private final String stratum;
  private final Map<String, Long> rows = new TreeMap<>();
  private final Map<String, Long> sizes;
  private final SortedKeys keys;
  private final List<KeyLog> logs = new ArrayList<>();

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
    this.key = SortedKeys.key(key);
    this.stratum = stratum;
    this.keys = new SortedKeys(file, sizes.size());
    try {
      for (int half = 0; half < Halves.COUNT; half++) {
        logs.add(new KeyLog(file.resolveSibling(file.getFileName() + "-log-" + half)));
      }
      read();
    } catch (IOException e) {
      close();
      throw SortedKeys.unwritable(e);
    } catch (SQLException | RuntimeException e) {
      close();
      throw e;
    }
  }

  private void read() throws SQLException {
    // two read at once, as two write after it
    db.threads(1);
    long middle = sizes.values().stream().mapToLong(Long::longValue).sum() / 2;
    Halves.sum(
        half -> {
          try (DuckDb own = db.beside()) {
            return read(own, "rn %s %d".formatted(half == 0 ? "<" : ">=", middle), logs.get(half));
          }
        });
  }

  private long read(DuckDb own, String rows, KeyLog log) throws SQLException {
    boolean grouped = sizes.size() > 1;
    long[] read = {0};
    own.blocks(
        "SELECT rn, k%s FROM (SELECT rn, %s AS k, %s AS s FROM clean WHERE %s)"
            .formatted(grouped ? ", " + group() : "", key, stratum, rows),
        (block, count) -> {
          DuckDBReadableVector numbers = block.vector(0);
          DuckDBReadableVector values = block.vector(1);
          DuckDBReadableVector groups = grouped ? block.vector(2) : null;
          for (int i = 0; i < count; i++) {
            int group = groups == null ? 0 : (int) groups.getLong(i);
            log.add(numbers.getLong(i), group, values.getLong(i));
          }
          synchronized (keys) {
            for (int i = 0; i < count; i++) {
              keys.add(groups == null ? 0 : (int) groups.getLong(i), values.getLong(i));
            }
          }
          read[0] += count;
        });
    return read[0];
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
    final List<Set<Long>> beyond = List.of(new TreeSet<>(), new TreeSet<>(), new TreeSet<>());

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

    /** Where all of the next keys go; train, and none is placed, where each must be. */
    int placeAll(long count) {
      int open = test == null ? Quota.TEST : validation == null ? Quota.VALIDATION : Quota.TRAIN;
      return quota.takeAll(open, count) ? open : Quota.TRAIN;
    }

    int late() {
      return beyond.stream().mapToInt(Collection::size).sum();
    }

    String sql() {
      StringBuilder sql = new StringBuilder("CASE");
      for (int part : new int[] {Quota.TEST, Quota.VALIDATION}) {
        if (!beyond.get(part).isEmpty()) {
          sql.append(" WHEN k IN (")
              .append(String.join(", ", beyond.get(part).stream().map(String::valueOf).toList()));
          sql.append(") THEN ").append(part);
        }
      }
      sql.append(" WHEN ").append(below(test)).append(" THEN 2");
      sql.append(" WHEN ").append(below(validation)).append(" THEN 1 ELSE 0 END");
      return sql.toString();
    }

    /** The same as {@link #sql} gives. */
    int part(long key) {
      for (int part : new int[] {Quota.TEST, Quota.VALIDATION}) {
        if (!beyond.get(part).isEmpty() && beyond.get(part).contains(key)) {
          return part;
        }
      }
      return test == null || key < test
          ? Quota.TEST
          : validation == null || key < validation ? Quota.VALIDATION : Quota.TRAIN;
    }

    private static String below(@Nullable Long bound) {
      return bound == null ? "true" : "k < " + bound;
    }
  }

  /** Rows by split, and which they are. */
  record Placed(Map<String, Long> rows, List<Marks> marks) {}

  /**
   * Makes the view {@code parted}.
   *
   * @return empty, without a view, when the bounds would be too many
   */
  Optional<Placed> split() throws SQLException {
    Map<String, Bounds> bounds = new TreeMap<>();
    Quota.of(sizes, spec, false).forEach((name, quota) -> bounds.put(name, new Bounds(quota)));
    int group = 0;
    for (Bounds own : bounds.values()) {
      keys.each(group++, placing(own));
    }
    if (bounds.values().stream().mapToInt(Bounds::late).sum() > MOST) {
      return Optional.empty();
    }
    long total = sizes.values().stream().mapToLong(Long::longValue).sum();
    long others = rows.values().stream().mapToLong(Long::longValue).sum();
    rows.put(Quota.PARTS.get(Quota.TRAIN), total - others);
    rows.values().removeIf(count -> count == 0);
    view(bounds);
    return Optional.of(new Placed(rows, marks(List.copyOf(bounds.values()))));
  }

  private SortedKeys.KeyReader placing(Bounds own) {
    return new SortedKeys.KeyReader() {
      @Override
      public boolean take(long key, long count) {
        count(own.place(key, count), count);
        // whether not all that follows is trained on
        return !own.quota.spent() || own.test == null || own.validation == null;
      }

      @Override
      public boolean takeAll(long count) {
        int part = own.placeAll(count);
        count(part, part == Quota.TRAIN ? 0 : count);
        return part != Quota.TRAIN;
      }
    };
  }

  private void count(int part, long count) {
    if (part != Quota.TRAIN) {
      rows.merge(Quota.PARTS.get(part), count, Long::sum);
    }
  }

  private void view(Map<String, Bounds> bounds) throws SQLException {
    StringBuilder part = new StringBuilder();
    if (bounds.size() == 1) {
      part.append(bounds.values().iterator().next().sql());
    } else {
      part.append("CASE s");
      bounds.forEach(
          (name, own) ->
              part.append(" WHEN ").append(DuckDb.text(name)).append(" THEN ").append(own.sql()));
      part.append(" END");
    }
    db.run(
        "CREATE VIEW parted AS SELECT *, %s AS part FROM (SELECT *, %s AS k, %s AS s FROM clean)"
            .formatted(part, key, stratum));
  }

  private List<Marks> marks(List<Bounds> bounds) throws SQLException {
    List<List<Marks>> halves = new ArrayList<>();
    for (int half = 0; half < Halves.COUNT; half++) {
      halves.add(List.of(new Marks(), new Marks(), new Marks()));
    }
    Halves.sum(
        half -> {
          List<Marks> own = halves.get(half);
          logs.get(half).each((row, group, key) -> own.get(bounds.get(group).part(key)).add(row));
          return 0;
        });
    List<Marks> marks = halves.getFirst();
    for (int part = 0; part < marks.size(); part++) {
      marks.get(part).addAll(halves.getLast().get(part));
    }
    return marks;
  }

  @Override
  public void close() throws SQLException {
    try (keys) {
      for (KeyLog log : logs) {
        log.close();
      }
    } catch (IOException e) {
      throw SortedKeys.unwritable(e);
    }
  }
}
