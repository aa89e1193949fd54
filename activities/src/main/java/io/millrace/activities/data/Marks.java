package io.millrace.activities.data;

import java.util.ArrayList;
import java.util.List;

/** Rows marked by their numbers, a bit each. */
final class Marks {
  /** Numbers of one array, which takes 128 KB. */
  private static final int SPAN = 1 << 20;

  private static final byte[] NONE = new byte[SPAN >> 3];
  private final List<byte[]> spans = new ArrayList<>();

  /**
   * @param number 0 or more
   */
  void add(long number) {
    int at = Math.toIntExact(number / SPAN);
    while (spans.size() <= at) {
      spans.add(new byte[SPAN >> 3]);
    }
    int within = (int) (number % SPAN);
    spans.get(at)[within >> 3] |= (byte) (1 << (within & 7));
  }

  /** Marks what the other has marked too. */
  void addAll(Marks other) {
    for (int at = 0; at < other.spans.size(); at++) {
      if (at == spans.size()) {
        spans.add(other.spans.get(at).clone());
        continue;
      }
      byte[] own = spans.get(at);
      byte[] theirs = other.spans.get(at);
      for (int i = 0; i < own.length; i++) {
        own[i] |= theirs[i];
      }
    }
  }

  private boolean has(long number) {
    int at = Math.toIntExact(number / SPAN);
    int within = (int) (number % SPAN);
    return (at < spans.size() ? spans.get(at) : NONE)[within >> 3] >> (within & 7) << 31 != 0;
  }

  /**
   * A condition on rows of a stretch. To look up a bit costs next to nothing, and unlike a join it
   * keeps the rows in their order, so that nothing has to be sorted to be written; it is a constant
   * that the engine copies for each two thousand rows, so stretches should not be long.
   *
   * @param number SQL for the number of a row
   * @param to beyond the last number
   * @return SQL: true for rows of the stretch that are marked
   */
  String sql(String number, long from, long to) {
    char[] bits = new char[Math.toIntExact(to - from)];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = has(from + i) ? '1' : '0';
    }
    return "%1$s >= %2$d AND %1$s < %3$d AND get_bit('%4$s'::BIT, CAST(%1$s - %2$d AS INTEGER)) = 1"
        .formatted(number, from, to, new String(bits));
  }
}
