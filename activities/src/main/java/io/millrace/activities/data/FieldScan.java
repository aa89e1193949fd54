package io.millrace.activities.data;

import io.millrace.activities.data.RawColumn.Look;
import io.millrace.activities.data.RawColumn.Seen;
import java.io.IOException;
import java.io.InputStream;
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

  private static final int BUFFER = 1 << 18;

  /** Bytes that may be read after the last. */
  private static final int SLACK = Long.BYTES;

  private static final byte[] LINE_END = {'\n'};

  private final byte delimiter;
  private final boolean header;
  private final byte[] next;
  private final ColumnLooks looks;
  private final PlainRows plain;

  private FieldScan(CsvHeader dialect, boolean header, @Nullable SureTexts[] thought, int id) {
    this.delimiter = (byte) dialect.delimiter();
    this.header = header;
    this.next = new FieldStates(delimiter).next;
    this.looks = new ColumnLooks(thought, id);
    this.plain = new PlainRows(delimiter, next, looks);
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
      this.head = Arrays.copyOf(head, head.length + SLACK);
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
            (scan.looks.said[c] & (FieldStates.NUMBER | FieldStates.NOT_PLAIN))
                == FieldStates.NUMBER;
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
        all[c] = scan.looks.thought[c] != null && (scan.looks.said[c] & ~FieldStates.MISSING) != 0;
      }
      return all;
    }

    /** The columns that have a value in every row. */
    boolean[] full() {
      boolean[] full = new boolean[dialect.names().size()];
      FieldScan scan = scan(new SureTexts[full.length]);
      for (int c = 0; scan != null && c < full.length; c++) {
        full[c] = scan.looks.missing[c] == 0;
      }
      return full;
    }

    private @Nullable FieldScan scan(@Nullable SureTexts[] thought) {
      FieldScan scan = new FieldScan(dialect, header, thought, -1);
      return scan.new Rows().take(head, end) ? scan : null;
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
    byte[] buffer = new byte[BUFFER + SLACK];
    for (Path file : files) {
      Rows rows = scan.new Rows();
      boolean sound = true;
      try (InputStream in = Files.newInputStream(file)) {
        int read = in.read(buffer, 0, BUFFER);
        while (sound && read >= 0) {
          sound = rows.take(buffer, read);
          read = in.read(buffer, 0, BUFFER);
        }
      }
      if (!sound || !rows.end()) {
        return Collections.nCopies(thought.length, Seen.NOTHING);
      }
    }
    List<Seen> seen = new ArrayList<>();
    for (int c = 0; c < thought.length; c++) {
      seen.add(scan.looks.seen(c));
    }
    return seen;
  }

  /** The rows of one file, buffer by buffer. */
  private final class Rows {
    private final AnyRows any = new AnyRows(delimiter, next, looks, header);

    /** False for a row of another width. */
    boolean take(byte[] bytes, int count) {
      int at = any.between() ? 0 : any.row(bytes, 0, count);
      if (at >= 0) {
        plain.find(bytes, at, count);
      }
      while (at >= 0 && at < count) {
        at = plain.take(at);
        if (at < count) {
          at = any.row(bytes, at, count);
        }
      }
      plain.finish();
      return at >= 0;
    }

    boolean end() {
      return any.row(LINE_END, 0, 1) >= 0;
    }
  }
}
