package io.millrace.activities.data;

import io.millrace.activities.dataset.DuckDb;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * Marks rows by their numbers, a bit each: to look one up costs next to nothing, and unlike a join
 * keeps the rows in their order, so that nothing has to be sorted to be written.
 */
final class LeftOut {
  /** Numbers of one string of bits, which takes 2 MB. */
  private static final long SPAN = 1L << 24;

  private LeftOut() {}

  /**
   * @param gone a table of whole numbers {@code n}, 0 or more, at least one
   * @param last the greatest number there is to ask about
   * @return SQL with one {@code %1$s} for the number: true for those that are not in the table
   */
  static String mark(DuckDb db, String gone, long last) throws SQLException {
    return mark(db, gone, last, SPAN);
  }

  static String mark(DuckDb db, String gone, long last, long span) throws SQLException {
    List<String> spans = new ArrayList<>();
    for (long from = 0; from <= last; from += span) {
      String name = gone + "_" + spans.size();
      db.variable(
          name,
          "SELECT bitstring_agg(n - %1$d, 0, %2$d) FROM %3$s WHERE n BETWEEN %1$d AND %1$d + %2$d"
              .formatted(from, Math.min(span, last + 1 - from) - 1, gone));
      String bit = "get_bit(getvariable('%s'), CAST(%%1$s - %d AS INTEGER))".formatted(name, from);
      // of a span without any there is no string
      spans.add("WHEN %%1$s < %d THEN coalesce(%s, 0) = 0".formatted(from + span, bit));
    }
    return "CASE " + String.join(" ", spans) + " END";
  }
}
