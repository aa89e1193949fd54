package io.millrace.activities.data;

import static io.millrace.activities.data.FieldStates.END;
import static io.millrace.activities.data.FieldStates.START;

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
        byte end = bytes[at++];
        boolean sound = end == delimiter ? delimited() : ended();
        if (!sound) {
          return -1;
        }
        if (between() && end != delimiter) {
          return at;
        }
      }
    }
    return count;
  }

  private int field(byte[] bytes, int from, int count) {
    byte[] table = next;
    SureTexts texts = looks.thought[column];
    int now = state;
    int at = from;
    if (texts == null && column != looks.id) {
      for (; at < count; at++) {
        int then = table[now << 8 | (bytes[at] & 0xff)];
        if (then == END) {
          break;
        }
        now = then;
      }
    } else {
      byte[] follow = texts == null ? next : texts.next;
      for (; at < count; at++) {
        int b = bytes[at] & 0xff;
        int then = table[now << 8 | b];
        if (then == END) {
          break;
        }
        now = then;
        place = texts == null ? 0 : follow[place << 8 | b];
        number = number * 10 + b - '0';
      }
    }
    state = now;
    return at;
  }

  private boolean delimited() {
    value();
    column++;
    return column < looks.said.length;
  }

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
