package io.millrace.activities.data;

import io.millrace.activities.dataset.DuckDb;
import io.millrace.workflows.spec.SplitSpec;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Divides a large table by a number that each row has: within a stratum, the smallest keys are the
 * test split, the next ones validation. The view {@code parted} works the number out where it is
 * needed, so that no row is sorted or joined to learn its split; only the keys of those that may be
 * in test and validation are ever sorted. Rows of equal key stay together; where such a set does
 * not fit into what is left of a split, a few keys are on the other side of the bound.
 */
final class KeySplit {
  /** More strata, or keys beyond a bound, would make too long a condition. */
  private static final int MOST = 200;

  private final DuckDb db;
  private final SplitSpec spec;
  private final String key;
  private final String stratum;
  private final Map<String, Long> rows = new TreeMap<>();

  /**
   * @param key SQL over {@code clean}: a UBIGINT, evenly spread, equal for rows that stay together
   * @param stratum SQL over {@code clean}: a text, equal for equal keys
   */
  KeySplit(DuckDb db, SplitSpec spec, String key, String stratum) {
    this.db = db;
    this.spec = spec;
    this.key = key;
    this.stratum = stratum;
  }

  /** Where a stratum's splits end, and what is placed in spite of it. */
  private static final class Bounds {
    final Quota quota;
    @Nullable Long test;
    @Nullable Long validation;
    final List<List<Long>> beyond =
        List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());

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

    int late() {
      return beyond.stream().mapToInt(Collection::size).sum();
    }

    String sql() {
      StringBuilder sql = new StringBuilder("CASE");
      for (int part : new int[] {Quota.TEST, Quota.VALIDATION}) {
        if (!beyond.get(part).isEmpty()) {
          sql.append(" WHEN k IN (")
              .append(String.join(", ", beyond.get(part).stream().map(Bounds::literal).toList()));
          sql.append(") THEN ").append(part);
        }
      }
      sql.append(" WHEN ").append(below(test)).append(" THEN 2");
      sql.append(" WHEN ").append(below(validation)).append(" THEN 1 ELSE 0 END");
      return sql.toString();
    }

    private static String below(@Nullable Long bound) {
      return bound == null ? "true" : "k < " + literal(bound);
    }

    private static String literal(long key) {
      return Long.toUnsignedString(key) + "::UBIGINT";
    }
  }

  /**
   * Makes the view {@code parted}.
   *
   * @return rows by split; empty, without a view, when the bounds would be too many
   */
  Optional<Map<String, Long>> split() throws SQLException {
    Map<String, Long> sizes = new TreeMap<>();
    for (List<@Nullable Object> row :
        db.rows("SELECT %s AS s, count(*) FROM clean GROUP BY 1 ORDER BY 1".formatted(stratum))) {
      if (row.get(1) instanceof Number count) {
        sizes.put(String.valueOf(row.get(0)), count.longValue());
      }
    }
    if (sizes.size() > MOST) {
      return Optional.empty();
    }
    Map<String, Bounds> bounds = new TreeMap<>();
    Quota.of(sizes, spec, false).forEach((name, quota) -> bounds.put(name, new Bounds(quota)));
    // keys are spread evenly: hardly more than the share is needed
    double share = Math.min(1, (spec.test() + spec.validation()) * 1.02 + 0.001);
    String cut = Long.toUnsignedString((long) (share * Long.MAX_VALUE) << 1);
    place(bounds, "k < " + cut + "::UBIGINT");
    List<String> open =
        bounds.entrySet().stream()
            .filter(e -> !e.getValue().quota.spent())
            .map(e -> DuckDb.text(e.getKey()))
            .toList();
    if (!open.isEmpty()) {
      place(bounds, "k >= " + cut + "::UBIGINT AND s IN (" + String.join(", ", open) + ")");
    }
    if (bounds.values().stream().mapToInt(Bounds::late).sum() > MOST) {
      return Optional.empty();
    }
    long total = sizes.values().stream().mapToLong(Long::longValue).sum();
    long others = rows.values().stream().mapToLong(Long::longValue).sum();
    rows.put(Quota.PARTS.get(Quota.TRAIN), total - others);
    rows.values().removeIf(count -> count == 0);
    view(bounds);
    return Optional.of(rows);
  }

  private void place(Map<String, Bounds> bounds, String range) throws SQLException {
    db.blocks(
        "SELECT CAST(CAST(k AS HUGEINT) - 9223372036854775808 AS BIGINT), s, n FROM (SELECT k,"
            + " any_value(s) AS s, count(*) AS n FROM"
            + " (SELECT %s AS k, %s AS s FROM clean) WHERE %s GROUP BY k ORDER BY k)"
                .formatted(key, stratum, range),
        (block, count) -> {
          for (int i = 0; i < count; i++) {
            Bounds own = bounds.get(block.vector(1).getString(i));
            long size = block.vector(2).getLong(i);
            if (own != null) {
              int part = own.place(block.vector(0).getLong(i) ^ Long.MIN_VALUE, size);
              if (part != Quota.TRAIN) {
                rows.merge(Quota.PARTS.get(part), size, Long::sum);
              }
            }
          }
        });
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
}
