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

  private static final int START = 0;
  private static final int SIGN = 1;
  private static final int ZERO = 2;
  private static final int WHOLE = 3;
  private static final int POINT = 4;
  private static final int FRACTION = 5;
  private static final int OTHER = 6;
  private static final int QUOTED = 7;
  private static final int UNQUOTED = 8;

  private final byte delimiter;
  private final boolean header;
  private final boolean[] plain;
  private final boolean[] seen;

  private PlainNumbers(char delimiter, boolean header, boolean[] wanted) {
    this.delimiter = (byte) delimiter;
    this.header = header;
    this.plain = wanted.clone();
    this.seen = new boolean[wanted.length];
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
    private int digits;
    private boolean skip = header;

    /** False for a row of another width. */
    boolean take(byte[] bytes, int count) {
      int width = plain.length;
      int at = column;
      int now = state;
      int whole = digits;
      boolean head = skip;
      for (int i = 0; i < count; i++) {
        byte b = bytes[i];
        if (now == QUOTED) {
          now = b == '"' ? UNQUOTED : QUOTED;
          continue;
        }
        if (b == delimiter || b == '\n' || b == '\r') {
          if (!head && plain[at]) {
            end(at, now, whole);
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
          whole = 0;
        } else if (now == OTHER) {
          // the rest of a field that is no number
        } else if (b == '"') {
          now = now == START || now == UNQUOTED ? QUOTED : OTHER;
        } else if (b >= '0' && b <= '9') {
          if (now <= SIGN) {
            now = b == '0' ? ZERO : WHOLE;
            whole = 1;
          } else if (now == WHOLE) {
            whole++;
          } else {
            now = now == POINT || now == FRACTION ? FRACTION : OTHER;
          }
        } else if (b == '.') {
          now = now == ZERO || now == WHOLE ? POINT : OTHER;
        } else {
          now = b == '-' && now == START ? SIGN : OTHER;
        }
      }
      column = at;
      state = now;
      digits = whole;
      skip = head;
      return true;
    }

    private void end(int at, int now, int whole) {
      boolean number = now == ZERO || now == FRACTION || (now == WHOLE && whole <= MOST_DIGITS);
      seen[at] |= number;
      plain[at] &= number || now == START;
    }
  }
}
