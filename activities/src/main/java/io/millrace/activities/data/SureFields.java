package io.millrace.activities.data;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Whether the fields of a column are all what they are thought to be. Four of them are followed at
 * once: while one waits for where it is in its table, the others go on.
 */
final class SureFields {
  /** Longer ones are rare, and one would hold up the three beside it. */
  private static final int LONGEST = 64;

  private final @Nullable SureTexts[] thought;

  /** {@link SureTexts#until} of each kind. */
  private final Map<SureTexts, char[]> tables = new HashMap<>();

  SureFields(byte delimiter, @Nullable SureTexts[] thought) {
    this.thought = thought;
    for (SureTexts texts : thought) {
      if (texts != null) {
        tables.computeIfAbsent(texts, kind -> kind.until(delimiter));
      }
    }
  }

  /** Whether all of a column are, or nothing. */
  boolean all(PlainBatch batch, int column) {
    SureTexts texts = thought[column];
    char[] table = texts == null ? null : tables.get(texts);
    if (table == null) {
      return true;
    }
    return texts == SureTexts.NUMBER ? numbers(batch, column) : texts(batch, column, table);
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
