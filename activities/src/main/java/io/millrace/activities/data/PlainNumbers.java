package io.millrace.activities.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Tells the columns of a CSV that hold nothing but plain numbers, byte by byte, so that they can be
 * read as numbers at once. A plain number is {@code -?(0|[1-9][0-9]*)(.[0-9]+)?} without quotes or
 * blanks around it, a whole one of at most eight digits: it can neither be a code that its text
 * tells from a quantity nor the number of a card, a person or a telephone. Whatever else there is,
 * {@code NA} included, is for those who read texts.
 */
final class PlainNumbers {
  /** Of the first look, which decides what is looked at to the end. */
  private static final int SAMPLE = 1 << 16;

  /** One less than {@link PersonalData} looks at. */
  private static final int MOST_DIGITS = PersonalData.SHORTEST_NUMBER - 1;

  private static final byte START = 0;
  private static final byte SIGN = 1;
  private static final byte ZERO = 2;
  private static final byte POINT = 3;
  private static final byte FRACTION = 4;
  private static final byte OTHER = 5;
  private static final byte QUOTED = 6;
  private static final byte UNQUOTED = 7;

  /** Of one digit; the next states are of more, the last of too many. */
  private static final byte WHOLE = 8;

  private static final byte LONG = (byte) (WHOLE + MOST_DIGITS);
  private static final int STATES = LONG + 1;

  /** In place of a state: the field is at its end. */
  private static final byte END = -1;

  private final byte delimiter;
  private final boolean header;
  private final boolean[] plain;
  private final boolean[] seen;

  /** State after a state and a byte: one look instead of many questions a byte. */
  private final byte[] next;

  private PlainNumbers(char delimiter, boolean header, boolean[] wanted) {
    this.delimiter = (byte) delimiter;
    this.header = header;
    this.plain = wanted.clone();
    this.seen = new boolean[wanted.length];
    this.next = new byte[STATES << 8];
    for (byte state = 0; state < STATES; state++) {
      for (int b = 0; b < 256; b++) {
        next[state << 8 | b] = after(state, (byte) b);
      }
    }
  }

  private byte after(byte state, byte b) {
    if (state == QUOTED) {
      return b == '"' ? UNQUOTED : QUOTED;
    }
    if (b == delimiter || b == '\n' || b == '\r') {
      return END;
    }
    if (state == OTHER) {
      // the rest of a field that is no number
      return OTHER;
    }
    boolean whole = state >= WHOLE;
    if (b == '"') {
      return state == START || state == UNQUOTED ? QUOTED : OTHER;
    }
    if (b == '.') {
      return state == ZERO || whole ? POINT : OTHER;
    }
    if (b == '-') {
      return state == START ? SIGN : OTHER;
    }
    if (b < '0' || b > '9') {
      return OTHER;
    }
    if (state == START || state == SIGN) {
      return b == '0' ? ZERO : WHOLE;
    }
    if (whole) {
      return (byte) Math.min(state + 1, LONG);
    }
    return state == POINT || state == FRACTION ? FRACTION : OTHER;
  }

  /**
   * The columns whose values at the beginning of the file are plain numbers, at least one of them.
   *
   * @param wanted columns that are looked at, by index
   */
  static boolean[] sample(Path file, CsvHeader dialect, boolean header, boolean[] wanted)
      throws IOException {
    PlainNumbers numbers = new PlainNumbers(dialect.delimiter(), header, wanted);
    try (InputStream in = Files.newInputStream(file)) {
      byte[] head = in.readNBytes(SAMPLE);
      int end = head.length;
      while (end > 0 && head[end - 1] != '\n') {
        end--;
      }
      if (numbers.new Scan().take(head, end)) {
        boolean[] found = numbers.plain;
        for (int c = 0; c < found.length; c++) {
          found[c] &= numbers.seen[c];
        }
        return found;
      }
    }
    return new boolean[wanted.length];
  }

  /**
   * Which of the columns hold nothing but plain numbers and missing values in all files; none when
   * a row has not as many fields as the first.
   */
  static boolean[] verify(List<Path> files, CsvHeader dialect, boolean header, boolean[] wanted)
      throws IOException {
    PlainNumbers numbers = new PlainNumbers(dialect.delimiter(), header, wanted);
    byte[] buffer = new byte[1 << 18];
    for (Path file : files) {
      Scan scan = numbers.new Scan();
      try (InputStream in = Files.newInputStream(file)) {
        int read = in.read(buffer);
        while (read >= 0) {
          if (!scan.take(buffer, read)) {
            return new boolean[wanted.length];
          }
          read = in.read(buffer);
        }
      }
      if (!scan.take(new byte[] {'\n'}, 1)) {
        return new boolean[wanted.length];
      }
    }
    return numbers.plain;
  }

  /** One file; keeps its place between buffers. */
  private final class Scan {
    private int column;
    private int state = START;
    private boolean skip = header;

    /** False for a row of another width. */
    boolean take(byte[] bytes, int count) {
      byte[] table = next;
      int width = plain.length;
      int at = column;
      int now = state;
      boolean head = skip;
      for (int i = 0; i < count; i++) {
        byte b = bytes[i];
        int then = table[now << 8 | (b & 0xff)];
        if (then != END) {
          now = then;
          continue;
        }
        if (!head && plain[at]) {
          end(at, now);
        }
        if (b == delimiter) {
          at++;
          if (at == width) {
            return false;
          }
        } else if (at != 0 || now != START) {
          if (at != width - 1) {
            return false;
          }
          at = 0;
          head = false;
        }
        now = START;
      }
      column = at;
      state = now;
      skip = head;
      return true;
    }

    private void end(int at, int now) {
      boolean number = now == ZERO || now == FRACTION || (now >= WHOLE && now < LONG);
      seen[at] |= number;
      plain[at] &= number || now == START;
    }
  }
}
