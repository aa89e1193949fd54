package io.millrace.activities.data;

import org.jspecify.annotations.Nullable;

/**
 * Whether the fields of a column are all what they are thought to be. Four are followed at once, so
 * that none waits for its own last byte alone.
 */
final class SureFields {
  /** Longer ones are rare, and one would hold up the three beside it. */
  private static final int LONGEST = 64;

  private final @Nullable SureTexts[] thought;

  /** {@link SureTexts#until} of each column. */
  private final char[][] tables;

  SureFields(byte delimiter, @Nullable SureTexts[] thought) {
    this.thought = thought;
    this.tables = new char[thought.length][];
    for (int c = 0; c < tables.length; c++) {
      SureTexts texts = thought[c];
      tables[c] = texts == null ? new char[0] : texts.until(delimiter);
    }
  }

  boolean all(PlainBatch batch, int column) {
    return thought[column] == SureTexts.NUMBER
        ? numbers(batch, column)
        : texts(batch, column, tables[column]);
  }

  private static boolean numbers(PlainBatch batch, int column) {
    boolean all = true;
    for (int row = 0; all && row < batch.count; row++) {
      int from = batch.from(row, column);
      int to = batch.to(row, column);
      all =
          from == to
              || to - from >= PersonalData.SHORTEST_NUMBER && Eights.digits(batch.bytes, from, to);
    }
    return all;
  }

  private static boolean texts(PlainBatch batch, int column, char[] table) {
    boolean all = true;
    int row = 0;
    for (; all && row + 4 <= batch.count; row += 4) {
      int longest = 0;
      for (int r = row; r < row + 4; r++) {
        longest = Math.max(longest, batch.to(r, column) - batch.from(r, column));
      }
      boolean together =
          longest <= LONGEST && batch.from(row + 3, column) + longest < batch.bytes.length;
      all =
          together
              ? four(batch, row, column, longest, table)
              : one(batch, row, column, table)
                  && one(batch, row + 1, column, table)
                  && one(batch, row + 2, column, table)
                  && one(batch, row + 3, column, table);
    }
    for (; all && row < batch.count; row++) {
      all = one(batch, row, column, table);
    }
    return all;
  }

  private static boolean four(PlainBatch batch, int row, int column, int longest, char[] table) {
    byte[] bytes = batch.bytes;
    int a = batch.from(row, column);
    int b = batch.from(row + 1, column);
    int c = batch.from(row + 2, column);
    int d = batch.from(row + 3, column);
    int inA = 0;
    int inB = 0;
    int inC = 0;
    int inD = 0;
    for (int i = 0; i <= longest; i++) {
      inA = table[inA | (bytes[a + i] & 0xff)];
      inB = table[inB | (bytes[b + i] & 0xff)];
      inC = table[inC | (bytes[c + i] & 0xff)];
      inD = table[inD | (bytes[d + i] & 0xff)];
    }
    int done = SureTexts.DONE;
    return inA == done && inB == done && inC == done && inD == done;
  }

  private static boolean one(PlainBatch batch, int row, int column, char[] table) {
    int to = batch.to(row, column);
    int in = 0;
    for (int i = batch.from(row, column); i <= to; i++) {
      in = table[in | (batch.bytes[i] & 0xff)];
    }
    return in == SureTexts.DONE;
  }
}
