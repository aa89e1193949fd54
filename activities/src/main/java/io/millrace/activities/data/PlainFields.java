package io.millrace.activities.data;

/** Looks at the fields of plain rows, one column after the other. */
final class PlainFields {
  private static final int TEXTS = FieldStates.NOT_PLAIN | FieldStates.NOT_WHOLE;

  private final byte[] next;
  private final ColumnLooks looks;
  private final SureFields sure;
  private final long[] eights = new long[PlainBatch.ROWS];
  private final long[] own = new long[PlainBatch.ROWS];

  PlainFields(byte delimiter, byte[] next, ColumnLooks looks) {
    this.next = next;
    this.looks = looks;
    this.sure = new SureFields(delimiter, looks.thought);
  }

  /** Looks at the id of a row, the only value of which the order matters. */
  void grows(PlainBatch batch, int row) {
    if (looks.id >= 0) {
      int from = batch.from(row, looks.id);
      int to = batch.to(row, looks.id);
      if (from < to) {
        looks.grows(value(batch.bytes, from, to));
      }
    }
  }

  void take(PlainBatch batch) {
    for (int column = 0; column < looks.said.length; column++) {
      if (!sure.all(batch, column)) {
        looks.thought[column] = null;
      }
      if ((looks.said[column] & TEXTS) == TEXTS) {
        texts(batch, column);
      } else {
        numbers(batch, column);
      }
    }
  }

  /** Of a column that has no numbers: whether its texts may have blanks around them. */
  private void texts(PlainBatch batch, int column) {
    int missing = 0;
    int said = 0;
    for (int row = 0; row < batch.count; row++) {
      int from = batch.from(row, column);
      int to = batch.to(row, column);
      if (from == to) {
        missing++;
      } else if (!trimmed(batch.bytes, from, to)) {
        said |= FieldStates.SAYS[follow(batch.bytes, from, to)];
      }
    }
    looks.ended(column, said, missing);
  }

  /** Whether a text, without the quotes around it, has no blanks around it for sure. */
  private static boolean trimmed(byte[] bytes, int from, int to) {
    int quote = bytes[from] == '"' ? 1 : 0;
    return to - from > 2 * quote && FieldStates.trimmed(bytes[from + quote], bytes[to - 1 - quote]);
  }

  private void numbers(PlainBatch batch, int column) {
    byte[] bytes = batch.bytes;
    int missing = 0;
    int said = 0;
    for (int row = 0; row < batch.count; row++) {
      int from = batch.from(row, column);
      int length = batch.to(row, column) - from;
      missing += length == 0 ? 1 : 0;
      if (length > Long.BYTES) {
        boolean fraction = fraction(bytes, from, from + length);
        said |= fraction ? 0 : FieldStates.SAYS[state(bytes, from, from + length)];
        length = fraction ? Long.BYTES : 0;
      }
      long mask = Eights.first(length);
      own[row] = mask;
      eights[row] = Eights.at(bytes, from) & mask;
    }
    if (Eights.plain(eights, own, batch.count)) {
      said |= kinds(looks.said[column] | said, batch.count);
    } else {
      // rare: with such a value the column is one of texts
      for (int row = 0; row < batch.count; row++) {
        said |= FieldStates.SAYS[follow(bytes, batch.from(row, column), batch.to(row, column))];
      }
    }
    looks.ended(column, said, missing);
  }

  /** What plain numbers say that is not known. */
  private int kinds(int known, int count) {
    int said = 0;
    if ((known & FieldStates.NUMBER) == 0 && Eights.digits(eights, count)) {
      said |= FieldStates.NUMBER;
    }
    if ((known & FieldStates.NOT_WHOLE) == 0 && Eights.fractions(eights, count)) {
      said |= FieldStates.NOT_WHOLE;
    }
    return said;
  }

  /** Whether a field of more than eight bytes is a fraction if its first eight bytes are. */
  private static boolean fraction(byte[] bytes, int from, int to) {
    return Eights.point(Eights.at(bytes, from)) && Eights.digits(bytes, from + Long.BYTES, to);
  }

  /** Where any other field of more than eight bytes ends. */
  private int state(byte[] bytes, int from, int to) {
    return bytes[from] != '0' && Eights.digits(bytes, from, to)
        ? Math.min(FieldStates.WHOLE + to - from - 1, FieldStates.MANY)
        : follow(bytes, from, to);
  }

  private int follow(byte[] bytes, int from, int to) {
    int state = FieldStates.START;
    for (int i = from; i < to; i++) {
      state = next[state << 8 | (bytes[i] & 0xff)];
    }
    return state;
  }

  private static long value(byte[] bytes, int from, int to) {
    long eight = Eights.at(bytes, from);
    int first = Math.min(Long.BYTES, to - from);
    boolean digits = Eights.digits(eight, first);
    long number = digits ? Eights.value(eight, first) : 0;
    for (int i = digits ? from + first : from; i < to; i++) {
      number = number * 10 + (bytes[i] & 0xff) - '0';
    }
    return number;
  }
}
