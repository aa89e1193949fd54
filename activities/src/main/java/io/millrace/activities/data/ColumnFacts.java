package io.millrace.activities.data;

import io.millrace.activities.data.RawColumn.Family;
import io.millrace.activities.dataset.DuckDb;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Counts over a column of texts or numbers of {@code raw}.
 *
 * @param values those that are not blank
 * @param missing words that mean there is none
 * @param codes whole numbers with a leading zero or more than 15 digits
 * @param spelled numbers whose text is the one spelling that they have as a category
 */
record ColumnFacts(
    long values, long missing, long numbers, long finite, long codes, long times, long spelled) {
  private static final int BATCH = 40;

  /** Rows that are looked at before all are. */
  private static final int FIRST = 2048;

  boolean allNumbers() {
    return finite > 0 && missing + numbers == values;
  }

  /**
   * Of a column whose first rows already say that it holds codes, or neither numbers nor times,
   * nothing more is asked: they have a value, and what else is counted is for columns of those.
   *
   * @param asked of which everything is counted
   * @param named that are categories though they may be numbers
   */
  static List<ColumnFacts> of(
      DuckDb db, List<RawColumn> raw, Predicate<RawColumn> asked, Predicate<RawColumn> named)
      throws SQLException {
    List<ColumnFacts> facts =
        counted(db, raw, "(SELECT * FROM raw LIMIT " + FIRST + ")", raw, named);
    List<RawColumn> open = new ArrayList<>();
    for (RawColumn column : raw) {
      ColumnFacts first = facts.get(column.index());
      if ((column.plain() || column.whole()) && first.values() > 0) {
        // what was seen of every value leaves no question but whether there is one
        continue;
      }
      boolean texts = first.numbers() + first.missing() < first.values() || first.codes() > 0;
      if (!texts || first.times() == first.values() || asked.test(column)) {
        open.add(column);
      }
    }
    // one text among the first that is no time, and the others' need not be counted
    List<RawColumn> times =
        open.stream()
            .filter(c -> facts.get(c.index()).times() == facts.get(c.index()).values())
            .toList();
    List<ColumnFacts> all = counted(db, open, "raw", times, named);
    for (int i = 0; i < all.size(); i++) {
      facts.set(open.get(i).index(), all.get(i));
    }
    return facts;
  }

  /**
   * @param times of which it is counted how many are times
   */
  private static List<ColumnFacts> counted(
      DuckDb db,
      List<RawColumn> raw,
      String from,
      List<RawColumn> times,
      Predicate<RawColumn> named)
      throws SQLException {
    List<ColumnFacts> facts = new ArrayList<>();
    for (int at = 0; at < raw.size(); at += BATCH) {
      List<RawColumn> batch = raw.subList(at, Math.min(raw.size(), at + BATCH));
      List<@Nullable Object> row =
          db.row(
              "SELECT "
                  + String.join(
                      ", ",
                      batch.stream().map(c -> counts(c, times.contains(c), named.test(c))).toList())
                  + " FROM "
                  + from);
      for (int i = 0; i < batch.size(); i++) {
        long[] n = new long[7];
        for (int k = 0; k < n.length; k++) {
          n[k] = row.get(i * n.length + k) instanceof Number number ? number.longValue() : 0;
        }
        facts.add(new ColumnFacts(n[0], n[1], n[2], n[3], n[4], n[5], n[6]));
      }
    }
    return facts;
  }

  /**
   * Seven counts; a text that DuckDB would read with digit separators is no number here. What costs
   * is looked at only where something cheap has not already answered.
   */
  private static String counts(RawColumn raw, boolean times, boolean named) {
    String c = raw.sql();
    String parsed = Column.parsed(raw);
    if (raw.whole()) {
      return "count(%1$s), 0, count(%1$s), count(%1$s), 0, 0, count(%1$s)".formatted(c);
    }
    if (raw.plain()) {
      return "count(%1$s), 0, count(%1$s), count(%1$s), 0, 0, 0".formatted(c);
    }
    if (raw.family() != Family.TEXT) {
      return "count(%1$s), 0, count(%2$s), count_if(isfinite(%2$s)), 0, 0, 0".formatted(c, parsed);
    }
    return String.join(
            ", ",
            "count_if(" + raw.present() + ")",
            "count_if(CASE WHEN {p} IS NULL THEN {t} IN " + Column.MISSING + " END)",
            "count_if(CASE WHEN {p} IS NOT NULL THEN strpos({c}, '_') = 0 END)",
            "count_if(CASE WHEN isfinite({p}) THEN strpos({c}, '_') = 0 END)",
            // blanks, signs and 0 come before 1
            "count_if(CASE WHEN {c} < '1' OR length({c}) > 15"
                + " THEN regexp_full_match({t}, '[+-]?(0[0-9]+|[0-9]{16,})') END)",
            times
                ? "count_if(CASE WHEN length({c}) >= 8"
                    + " THEN try_cast({t} AS TIMESTAMPTZ) IS NOT NULL END)"
                : "0",
            named ? "count_if({c} = " + Column.numberText(raw) + ")" : "0")
        .replace("{p}", parsed)
        .replace("{t}", raw.trimmed())
        .replace("{c}", c);
  }
}
