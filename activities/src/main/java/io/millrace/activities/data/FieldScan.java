package io.millrace.activities.data;

import static io.millrace.activities.data.FieldStates.END;
import static io.millrace.activities.data.FieldStates.START;
import static io.millrace.activities.data.FieldStates.TEXT;

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
import org.jspecify.annotations.Nullable;

/**
 * Looks at every byte of a CSV and tells of each column what its values have in common ({@link
 * Look}), so that much need not be asked of them again and again: the numbers of one are read as
 * numbers at once, the texts of another need no trimming, those of a third are personal.
 */
final class FieldScan {
  /** Of the first look, which decides what is read as numbers and what is hidden. */
  private static final int SAMPLE = 1 << 16;

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long ONES = 0x0101010101010101L;
  private static final long HIGH = 0x8080808080808080L;
  private final byte delimiter;
  private final boolean header;
  private final byte[] said;
  private final long[] missing;
  private final byte[] next;

  /** What all values of a column are thought to be; null where nothing is, or one is not. */
  private final @Nullable SureTexts[] thought;

  /** The column whose numbers may grow from row to row; none: -1. */
  private final int id;

  /** Columns each byte of which is looked at for more than what it says. */
  private final boolean[] watched;

  private boolean ascending = true;
  private long last = Long.MIN_VALUE;

  private FieldScan(CsvHeader dialect, boolean header, @Nullable SureTexts[] thought, int id) {
    this.delimiter = (byte) dialect.delimiter();
    this.header = header;
    this.said = new byte[dialect.names().size()];
    this.missing = new long[said.length];
    this.next = new FieldStates(delimiter).next;
    this.thought = thought.clone();
    this.id = id;
    this.watched = new boolean[said.length];
    for (int c = 0; c < watched.length; c++) {
      watched[c] = c == id || thought[c] != null;
    }
  }

  /** The beginning of a file. */
  static final class Sample {
    private final CsvHeader dialect;
    private final boolean header;
    private final byte[] head;
    private final int end;

    private Sample(CsvHeader dialect, boolean header, byte[] head) {
      this.dialect = dialect;
      this.header = header;
      this.head = head;
      int last = head.length;
      while (last > 0 && head[last - 1] != '\n') {
        last--;
      }
      this.end = last;
    }

    /** The columns all of whose values are plain numbers, at least one of them. */
    boolean[] plain() {
      boolean[] plain = new boolean[dialect.names().size()];
      FieldScan scan = scan(new SureTexts[plain.length]);
      for (int c = 0; scan != null && c < plain.length; c++) {
        plain[c] =
            (scan.said[c] & (FieldStates.NUMBER | FieldStates.NOT_PLAIN)) == FieldStates.NUMBER;
      }
      return plain;
    }

    /** The columns all of whose values are such texts, at least one of them. */
    boolean[] all(SureTexts texts) {
      boolean[] all = new boolean[dialect.names().size()];
      SureTexts[] thought = new SureTexts[all.length];
      Arrays.fill(thought, texts);
      FieldScan scan = scan(thought);
      for (int c = 0; scan != null && c < all.length; c++) {
        all[c] = scan.thought[c] != null && (scan.said[c] & ~FieldStates.MISSING) != 0;
      }
      return all;
    }

    private @Nullable FieldScan scan(@Nullable SureTexts[] thought) {
      FieldScan scan = new FieldScan(dialect, header, thought, -1);
      return scan.new Fields().take(head, end) ? scan : null;
    }
  }

  static Sample sample(Path file, CsvHeader dialect, boolean header) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return new Sample(dialect, header, in.readNBytes(SAMPLE));
    }
  }

  /**
   * What all values of each column have in common; nothing when a row has not as many fields as
   * there are columns.
   *
   * @param thought of each column what its values may all be; null: nothing
   * @param id the column of which it is told whether its numbers grow; none: -1
   */
  static List<Seen> looks(
      List<Path> files, CsvHeader dialect, boolean header, @Nullable SureTexts[] thought, int id)
      throws IOException {
    FieldScan scan = new FieldScan(dialect, header, thought, id);
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
    for (int c = 0; c < scan.said.length; c++) {
      seen.add(scan.seen(c));
    }
    return seen;
  }

  private Seen seen(int column) {
    byte all = said[column];
    Look look = FieldStates.look(all);
    boolean whole = look == Look.WHOLE || look == Look.PLAIN_WHOLE;
    return new Seen(
        look,
        // of one column alone an empty line may be no row
        look == Look.ANY || missing[column] > 0 && said.length == 1 ? -1 : missing[column],
        column == id && whole && ascending,
        thought[column]);
  }

  /** One file; keeps its place between buffers. */
  private final class Fields {
    private final long delimiters = (delimiter & 0xffL) * ONES;
    private int column;
    private int state = START;
    private boolean skip = header;

    /** Of a field that is watched: where its text is, and its digits as a number. */
    private int match;

    private long number;

    /** False for a row of another width. */
    boolean take(byte[] bytes, int count) {
      byte[] table = next;
      byte[] own = said;
      int width = own.length;
      int at = column;
      int now = state;
      boolean head = skip;
      int i = 0;
      if (watched[at]) {
        i = watch(bytes, 0, count, at, now);
        now = state;
      }
      for (; i < count; i++) {
        if (now == START && (own[at] & FieldStates.NOT_PLAIN) == 0 && i + Long.BYTES <= count) {
          int number = number((long) LONGS.get(bytes, i));
          now = number & 0xff;
          i += number >>> 8;
        } else if (now == TEXT) {
          int end = end(bytes, i, count);
          if (end > i) {
            now = FieldStates.text(bytes[end - 1] & 0xff);
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
          own[at] |= FieldStates.SAYS[now];
          if (now == START) {
            missing[at]++;
          }
        }
        if (watched[at]) {
          watched(at, now, head);
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
        if (watched[at]) {
          i = watch(bytes, i + 1, count, at, now) - 1;
          now = state;
        }
      }
      column = at;
      state = now;
      skip = head;
      return true;
    }

    /**
     * Goes on to the end of a field or of the bytes; the state there is left in {@link #state}.
     *
     * @return where that is
     */
    private int watch(byte[] bytes, int from, int count, int at, int now) {
      SureTexts texts = thought[at];
      byte[] table = next;
      byte[] follow = texts == null ? null : texts.next;
      int place = match;
      long digits = number;
      int was = now;
      int i = from;
      for (; i < count; i++) {
        int b = bytes[i] & 0xff;
        int then = table[was << 8 | b];
        if (then == END) {
          break;
        }
        was = then;
        if (follow != null) {
          place = follow[place << 8 | b];
        }
        digits = digits * 10 + b - '0';
      }
      match = place;
      number = digits;
      state = was;
      return i;
    }

    /** A field has ended. */
    private void watched(int at, int now, boolean head) {
      SureTexts texts = thought[at];
      if (!head && now != START) {
        if (texts != null && !texts.ends(match)) {
          thought[at] = null;
          watched[at] = at == id;
        }
        if (at == id) {
          // a sign makes it a number below all without one, and different ones stay different
          ascending &= number > last;
          last = number;
        }
      }
      match = 0;
      number = 0;
    }

    /**
     * Recognises a plain number of at most seven bytes at once, without asking about its bytes one
     * by one: most fields of most tables are such.
     *
     * @param eight bytes from the beginning of a field
     * @return the state at its end and, times 256, its length; {@code START} for any other field
     */
    private int number(long eight) {
      long ends =
          zeros(eight ^ delimiters) | zeros(eight ^ '\n' * ONES) | zeros(eight ^ '\r' * ONES);
      // of no end: 64 bits, eight bytes
      int all = Long.numberOfTrailingZeros(ends) >>> 3;
      int sign = (eight & 0xff) == '-' ? 1 : 0;
      int length = all - sign;
      long digits = (eight >>> (sign << 3)) ^ '0' * ONES;
      // the highest bit of each byte that is more than nine
      long others =
          (((digits & ~HIGH) + 0x76 * ONES) | digits) & HIGH & ((1L << (length << 3)) - 1);
      int point = Long.numberOfTrailingZeros(others) >>> 3;
      boolean whole = others == 0;
      int leading = whole ? length : point;
      boolean zero = (digits & 0xff) == 0;
      boolean plain =
          all < Long.BYTES
              & leading > 0
              & (!zero | leading == 1 & (!whole | sign == 0))
              & (whole
                  | (others & (others - 1)) == 0
                      & (digits >>> (point << 3) & 0xff) == ('.' ^ '0')
                      & point < length - 1);
      return plain ? all << 8 | (whole ? FieldStates.WHOLE : FieldStates.FRACTION) : START;
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
