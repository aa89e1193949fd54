package io.millrace.activities.data;

import static io.millrace.activities.data.FieldStates.END;
import static io.millrace.activities.data.FieldStates.START;

import org.jspecify.annotations.Nullable;

/**
 * Looks at the rows of one file byte by byte, whatever is in them; keeps its place between buffers.
 */
final class AnyRows {
  private final byte delimiter;
  private final byte[] next;
  private final ColumnLooks looks;

  /** At the line of names. */
  private boolean head;

  private int column;
  private int state = START;

  /** Where the text is in {@link SureTexts}, and its bytes as the digits of a number. */
  private int place;

  private long number;

  AnyRows(byte delimiter, byte[] next, ColumnLooks looks, boolean header) {
    this.delimiter = delimiter;
    this.next = next;
    this.looks = looks;
    this.head = header;
  }

  /** Whether a row after the names, or nothing, is what comes next. */
  boolean between() {
    return column == 0 && state == START && !head;
  }

  /**
   * Goes to the end of a row or of the bytes.
   *
   * @return where that is; -1 for a row of another width
   */
  int row(byte[] bytes, int from, int count) {
    int at = from;
    while (at < count) {
      at = field(bytes, at, count);
      if (at < count) {
        boolean sound = bytes[at] == delimiter ? delimited() : ended();
        if (!sound) {
          return -1;
        }
        at++;
        if (between()) {
          return at;
        }
      }
    }
    return count;
  }

  /** Goes to the end of a field or of the bytes. */
  private int field(byte[] bytes, int from, int count) {
    SureTexts texts = looks.thought[column];
    if (texts != null || column == looks.id) {
      return watched(bytes, from, count, texts);
    }
    byte[] table = next;
    int now = state;
    int at = from;
    while (at < count) {
      int then = table[now << 8 | (bytes[at] & 0xff)];
      if (then == END) {
        break;
      }
      now = then;
      at++;
    }
    state = now;
    return at;
  }

  /** As {@link #field}, of one that is looked at for more than what it says. */
  private int watched(byte[] bytes, int from, int count, @Nullable SureTexts texts) {
    int at = from;
    while (at < count) {
      int b = bytes[at] & 0xff;
      int then = next[state << 8 | b];
      if (then == END) {
        break;
      }
      state = then;
      if (texts != null) {
        place = texts.next[place << 8 | b];
      }
      number = number * 10 + b - '0';
      at++;
    }
    return at;
  }

  /** False for a field too many. */
  private boolean delimited() {
    value();
    column++;
    return column < looks.said.length;
  }

  /** A line has ended; false for too few fields. */
  private boolean ended() {
    boolean empty = column == 0 && state == START;
    int width = looks.said.length;
    // an empty line is no row, unless rows have one field
    if (!empty || width == 1) {
      value();
    }
    boolean sound = empty || column == width - 1;
    column = 0;
    head &= empty;
    return sound;
  }

  private void value() {
    if (!head) {
      looks.ended(column, state);
      if (state != START) {
        SureTexts texts = looks.thought[column];
        if (texts != null && !texts.ends(place)) {
          looks.thought[column] = null;
        }
        if (column == looks.id) {
          looks.grows(number);
        }
      }
    }
    state = START;
    place = 0;
    number = 0;
  }
}
