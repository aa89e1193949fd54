package io.millrace.activities.data;

/**
 * Looks at rows of a CSV that have quotes around whole fields or nowhere, many at once: first where
 * fields end, and then at the fields of one column after the other. So no field waits for the end
 * of the one before it, which is what a scan byte by byte does most of its time.
 */
final class PlainRows {
  private final byte delimiter;
  private final int width;
  private final PlainFields fields;
  private final PlainBatch batch = new PlainBatch();
  private long[] marks = {};

  /** Where delimiters, line ends and quotes are; the first is the byte before all. */
  private int[] ends = {};

  private int found;

  /** Of one row. */
  private final int[] own;

  /** The last of them before the next row. */
  private int place;

  PlainRows(byte delimiter, byte[] next, ColumnLooks looks) {
    this.delimiter = delimiter;
    this.width = looks.said.length;
    this.own = new int[width];
    this.fields = new PlainFields(delimiter, next, looks);
  }

  /**
   * Finds where fields end.
   *
   * @param bytes at least {@link Long#BYTES} more than these
   */
  void find(byte[] bytes, int from, int count) {
    int eights = count - from >>> 3;
    if (marks.length < eights || ends.length < count - from + 3) {
      marks = new long[eights];
      // the first, and two that are written before it is known whether there are any
      ends = new int[count - from + 3];
    }
    batch.bytes = bytes;
    batch.ends = ends;
    ends[0] = from - 1;
    place = 0;
    Eights.ends(bytes, from, delimiter, marks, eights);
    int n = marked(from, eights);
    for (int i = from + (eights << 3); i < count; i++) {
      byte b = bytes[i];
      if (b == delimiter || b == '\n' || b == '\r' || b == '"') {
        ends[n++] = i;
      }
    }
    found = n;
  }

  private int marked(int from, int eights) {
    int[] all = ends;
    int n = 1;
    for (int i = 0; i < eights; i++) {
      int at = from + (i << 3);
      long these = marks[i];
      int more = Long.bitCount(these);
      // two at once without asking how many there are; more are rare
      all[n] = at + (Long.numberOfTrailingZeros(these) >>> 3);
      these &= these - 1;
      all[n + 1] = at + (Long.numberOfTrailingZeros(these) >>> 3);
      for (int k = 2; k < more; k++) {
        these &= these - 1;
        all[n + k] = at + (Long.numberOfTrailingZeros(these) >>> 3);
      }
      n += more;
    }
    return n;
  }

  /**
   * Takes rows as long as they are plain; what they say is known after {@link #finish}, but for the
   * order of their ids.
   *
   * @param from where a row begins, not before the end of those taken
   * @return where the first row begins that was not taken
   */
  int take(int from) {
    while (place + 1 < found && ends[place + 1] < from) {
      place++;
    }
    int after = after(place);
    while (after >= 0) {
      if (batch.count == PlainBatch.ROWS) {
        finish();
      }
      batch.rows[batch.count] = place;
      fields.grows(batch, batch.count);
      batch.count++;
      place = after;
      after = after(place);
    }
    return ends[place] + 1;
  }

  /** To be called before the bytes change. */
  void finish() {
    fields.take(batch);
    batch.count = 0;
  }

  /** The last end of a plain row that begins after another; -1 for a row that is not plain. */
  private int after(int before) {
    byte[] bytes = batch.bytes;
    int last = before + width;
    if (last >= found) {
      return -1;
    }
    int others = 0;
    for (int i = before + 1; i < last; i++) {
      others |= bytes[ends[i]] ^ delimiter;
    }
    int end = others == 0 ? line(last) : -1;
    return end < 0 ? quoted(before) : end;
  }

  /** The last end of a line whose last field has this one; -1 where a line does not end. */
  private int line(int end) {
    byte[] bytes = batch.bytes;
    // of one column alone the second byte of a line end is an empty row
    boolean two = width > 1 && bytes[ends[end]] == '\r' && end + 1 < found;
    int last = two && ends[end + 1] == ends[end] + 1 ? end + 1 : end;
    return bytes[ends[last]] == '\n' ? last : -1;
  }

  /** As {@link #after}, of a row with quotes; the ends in them are no longer among those of it. */
  private int quoted(int before) {
    int end = before;
    for (int c = 0; c < width; c++) {
      end = field(end);
      if (end >= found || c < width - 1 && batch.bytes[ends[end]] != delimiter) {
        return -1;
      }
      own[c] = ends[end];
    }
    int last = line(end);
    if (last >= 0) {
      System.arraycopy(own, 0, ends, before + 1, width);
    }
    return last;
  }

  /** What ends the field that begins after another end; {@link #found} or more: nothing. */
  private int field(int before) {
    int end = before + 1;
    if (!quote(end) || ends[end] != ends[before] + 1) {
      return end;
    }
    do {
      do {
        end++;
      } while (end < found && !quote(end));
      end++;
      // two of them are a character
    } while (quote(end) && ends[end] == ends[end - 1] + 1);
    return end < found && ends[end] == ends[end - 1] + 1 ? end : found;
  }

  private boolean quote(int end) {
    return end < found && batch.bytes[ends[end]] == '"';
  }
}
