package io.millrace.activities.data;

import io.millrace.activities.dataset.DuckDb;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * Rows marked by their numbers, a bit each. For the engine to look one up costs next to nothing,
 * and unlike a join it keeps the rows in their order, so that nothing has to be sorted to be
 * written.
 */
final class Marks {
  /** Numbers of one string of bits, which takes 2 MB. */
  private static final int SPAN = 1 << 24;

  private final int span;
  private final List<byte[]> spans = new ArrayList<>();
  private boolean empty = true;

  Marks() {
    this(SPAN);
  }

  /**
   * @param span numbers of one string, a multiple of eight
   */
  Marks(int span) {
    this.span = span;
  }

  /** The numbers that a query gives, 0 or more. */
  static Marks of(DuckDb db, String numbers) throws SQLException {
    Marks marks = new Marks();
    db.blocks(
        numbers,
        (block, rows) -> {
          for (int i = 0; i < rows; i++) {
            marks.add(block.vector(0).getLong(i));
          }
        });
    return marks;
  }

  void add(long number) {
    int at = Math.toIntExact(number / span);
    while (spans.size() <= at) {
      spans.add(new byte[span >> 3]);
    }
    int within = (int) (number % span);
    spans.get(at)[within >> 3] |= (byte) (0x80 >> (within & 7));
    empty = false;
  }

  boolean isEmpty() {
    return empty;
  }

  /**
   * Hands them to the engine.
   *
   * @param name that no other marks have
   * @param number SQL for the number of a row
   * @return SQL: true for a row that is marked, false for any other
   */
  String sql(DuckDb db, String name, String number) throws SQLException {
    StringBuilder sql = new StringBuilder("CASE");
    for (int i = 0; i < spans.size(); i++) {
      String variable = name + "_" + i;
      db.bits(variable, spans.get(i));
      long from = (long) i * span;
      sql.append(
          " WHEN %1$s < %2$d THEN get_bit(getvariable('%3$s'), CAST(%1$s - %4$d AS INTEGER)) = 1"
              .formatted(number, from + span, variable, from));
    }
    return empty ? "false" : sql + " ELSE false END";
  }
}
