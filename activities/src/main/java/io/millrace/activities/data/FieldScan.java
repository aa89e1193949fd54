package io.millrace.activities.data;

import io.millrace.activities.data.RawColumn.Look;
import io.millrace.activities.data.RawColumn.Seen;
import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * Looks at every byte of a CSV and tells of each column what its values have in common ({@link
 * Look}), so that much need not be asked of them again and again: the numbers of one are read as
 * numbers at once, the texts of another need no trimming.
 */
final class FieldScan {
  /** Of the first look, which decides what is read as numbers. */
  private static final int SAMPLE = 1 << 16;

  /** A plain whole number has one digit less than {@link PersonalData} looks at. */
  private static final int PLAIN_DIGITS = PersonalData.SHORTEST_NUMBER - 1;

  /** With more a whole number is a code, and a DOUBLE may not hold it. */
  private static final int WHOLE_DIGITS = 15;

  // where in a field the scan is
  private static final byte START = 0;
  private static final byte SIGN = 1;
  private static final byte ZERO = 2;
  private static final byte NEGATIVE_ZERO = 3;
  private static final byte POINT = 4;
  private static final byte FRACTION = 5;

  /** A text so far, its last byte no blank; the next one's is. */
  private static final byte TEXT = 6;

  private static final byte TEXT_BLANK = 7;

  /** A text that begins with a blank, or something odd. */
  private static final byte UNTRIMMED = 8;

  private static final byte OPEN = 9;
  private static final byte QUOTED = 10;
  private static final byte QUOTED_BLANK = 11;
  private static final byte QUOTED_UNTRIMMED = 12;
  private static final byte CLOSED = 13;

  /** Nothing or a blank stands before the quote; another quote makes both a character. */
  private static final byte CLOSED_BLANK = 14;

  private static final byte CLOSED_UNTRIMMED = 15;

  /** Of one digit; the next states are of more, the last of too many. */
  private static final byte WHOLE = 16;

  private static final byte MANY = (byte) (WHOLE + WHOLE_DIGITS);
  private static final int STATES = MANY + 1;

  /** In place of a state: the field is at its end. */
  private static final byte END = -1;

  // what a field says of its column
  private static final int MISSING = 1;
  private static final int NUMBER = 2;
  private static final int NOT_PLAIN = 4;
  private static final int NOT_WHOLE = 8;
  private static final int NOT_TRIMMED = 16;

  private static final byte[] SAYS = says();
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long ONES = 0x0101010101010101L;
  private static final long HIGH = 0x8080808080808080L;
  private final byte delimiter;
  private final boolean header;
  private final byte[] said;

  /** State after a state and a byte: one look instead of many questions a byte. */
  private final byte[] next;

  private FieldScan(CsvHeader dialect, boolean header) {
    this.delimiter = (byte) dialect.delimiter();
    this.header = header;
    this.said = new byte[dialect.names().size()];
    this.next = new byte[STATES << 8];
    for (byte state = 0; state < STATES; state++) {
      for (int b = 0; b < 256; b++) {
        next[state << 8 | b] = after(state, b);
      }
    }
  }

  private static byte[] says() {
    byte[] says = new byte[STATES];
    Arrays.fill(says, (byte) (NOT_PLAIN | NOT_WHOLE | NOT_TRIMMED | MISSING));
    says[START] = MISSING;
    says[SIGN] = NOT_PLAIN | NOT_WHOLE;
    says[ZERO] = NUMBER;
    says[NEGATIVE_ZERO] = NUMBER | NOT_WHOLE;
    says[POINT] = NOT_PLAIN | NOT_WHOLE;
    says[FRACTION] = NUMBER | NOT_WHOLE;
    says[TEXT] = NOT_PLAIN | NOT_WHOLE;
    says[CLOSED] = NOT_PLAIN | NOT_WHOLE;
    Arrays.fill(says, WHOLE, WHOLE + PLAIN_DIGITS, (byte) NUMBER);
    Arrays.fill(says, WHOLE + PLAIN_DIGITS, MANY, (byte) NOT_PLAIN);
    says[MANY] = NOT_PLAIN | NOT_WHOLE;
    return says;
  }

  private byte after(byte state, int b) {
    if (state >= OPEN && state <= QUOTED_UNTRIMMED) {
      return quoted(state, b);
    }
    if (b == delimiter || b == '\n' || b == '\r') {
      return END;
    }
    if (b == '"' && state == START) {
      return OPEN;
    }
    if (state >= CLOSED && state <= CLOSED_UNTRIMMED) {
      return b != '"' ? UNTRIMMED : state == CLOSED_UNTRIMMED ? QUOTED_UNTRIMMED : QUOTED;
    }
    if (state == UNTRIMMED || state == START && begins(b)) {
      return UNTRIMMED;
    }
    if (state == TEXT || state == TEXT_BLANK) {
      return text(b);
    }
    boolean whole = state >= WHOLE;
    if (b == '.') {
      return whole || state == ZERO || state == NEGATIVE_ZERO ? POINT : text(b);
    }
    if (b == '-') {
      return state == START ? SIGN : text(b);
    }
    if (b < '0' || b > '9') {
      return text(b);
    }
    if (state == START || state == SIGN) {
      return b != '0' ? WHOLE : state == START ? ZERO : NEGATIVE_ZERO;
    }
    if (whole) {
      return (byte) Math.min(state + 1, MANY);
    }
    return state == POINT || state == FRACTION ? FRACTION : text(b);
  }

  private static byte quoted(byte state, int b) {
    if (b == '"') {
      return state == QUOTED ? CLOSED : state == QUOTED_UNTRIMMED ? CLOSED_UNTRIMMED : CLOSED_BLANK;
    }
    if (state == QUOTED_UNTRIMMED || state == OPEN && begins(b)) {
      return QUOTED_UNTRIMMED;
    }
    return text(b) == TEXT ? QUOTED : QUOTED_BLANK;
  }

  /** A last byte; blanks beyond ASCII end in bytes that letters end in too. */
  private static byte text(int b) {
    return b > ' ' && b < 0x80 ? TEXT : TEXT_BLANK;
  }

  /** Whether a blank may begin with this byte, one of ASCII or of Unicode's Zs in UTF-8. */
  private static boolean begins(int b) {
    return b <= ' ' || b == 0xc2 || b >= 0xe1 && b <= 0xe3;
  }

  /**
   * The columns whose values at the beginning of the file are plain numbers, at least one of them.
   */
  static boolean[] sample(Path file, CsvHeader dialect, boolean header) throws IOException {
    FieldScan scan = new FieldScan(dialect, header);
    boolean[] plain = new boolean[scan.said.length];
    try (InputStream in = Files.newInputStream(file)) {
      byte[] head = in.readNBytes(SAMPLE);
      int end = head.length;
      while (end > 0 && head[end - 1] != '\n') {
        end--;
      }
      if (scan.new Fields().take(head, end)) {
        for (int c = 0; c < plain.length; c++) {
          plain[c] = (scan.said[c] & (NUMBER | NOT_PLAIN)) == NUMBER;
        }
      }
    }
    return plain;
  }

  /**
   * What all values of each column have in common; nothing when a row has not as many fields as
   * there are columns.
   */
  static List<Seen> looks(List<Path> files, CsvHeader dialect, boolean header) throws IOException {
    FieldScan scan = new FieldScan(dialect, header);
    byte[] buffer = new byte[1 << 18];
    for (Path file : files) {
      Fields fields = scan.new Fields();
      boolean sound = true;
      try (InputStream in = Files.newInputStream(file)) {
        int read = in.read(buffer);
        while (sound && read >= 0) {
          sound = fields.take(buffer, read);
          read = in.read(buffer);
        }
      }
      if (!sound || !fields.take(new byte[] {'\n'}, 1)) {
        return Collections.nCopies(scan.said.length, Seen.NOTHING);
      }
    }
    List<Seen> seen = new ArrayList<>();
    for (byte said : scan.said) {
      seen.add(new Seen(look(said), (said & (MISSING | NOT_TRIMMED)) == 0));
    }
    return seen;
  }

  private static Look look(int said) {
    if ((said & NOT_PLAIN) == 0) {
      return (said & NOT_WHOLE) == 0 ? Look.PLAIN_WHOLE : Look.PLAIN;
    }
    if ((said & NOT_WHOLE) == 0) {
      return Look.WHOLE;
    }
    return (said & NOT_TRIMMED) == 0 ? Look.TRIMMED : Look.ANY;
  }

  /** One file; keeps its place between buffers. */
  private final class Fields {
    private final long delimiters = (delimiter & 0xffL) * ONES;
    private int column;
    private int state = START;
    private boolean skip = header;

    /** False for a row of another width. */
    boolean take(byte[] bytes, int count) {
      byte[] table = next;
      byte[] own = said;
      int width = own.length;
      int at = column;
      int now = state;
      boolean head = skip;
      for (int i = 0; i < count; i++) {
        if (now == TEXT) {
          int end = end(bytes, i, count);
          if (end > i) {
            now = text(bytes[end - 1] & 0xff);
            i = end - 1;
            continue;
          }
        }
        byte b = bytes[i];
        int then = table[now << 8 | (b & 0xff)];
        if (then != END) {
          now = then;
          continue;
        }
        // an empty line is no row, unless rows have one field
        if (!head && (at != 0 || now != START || b == delimiter || width == 1)) {
          own[at] |= SAYS[now];
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

    /** As far as the text certainly goes, eight bytes at a time. */
    private int end(byte[] bytes, int from, int count) {
      int at = from;
      while (at + Long.BYTES <= count) {
        long eight = (long) LONGS.get(bytes, at);
        long ends =
            zeros(eight ^ delimiters) | zeros(eight ^ '\n' * ONES) | zeros(eight ^ '\r' * ONES);
        if (ends != 0) {
          return at + (Long.numberOfTrailingZeros(ends) >>> 3);
        }
        at += Long.BYTES;
      }
      return at;
    }

    /** The highest bit of the first byte that is zero, and of none before it. */
    private static long zeros(long eight) {
      return (eight - ONES) & ~eight & HIGH;
    }
  }
}
