package io.millrace.activities.data;

import io.millrace.activities.data.RawColumn.Look;
import java.util.Arrays;

/** Where in a field of a CSV a scan is, and what a field that ends there says of its column. */
final class FieldStates {
  /** A plain whole number has one digit less than {@link PersonalData} looks at. */
  private static final int PLAIN_DIGITS = PersonalData.SHORTEST_NUMBER - 1;

  /** With more a whole number is a code, and a DOUBLE may not hold it. */
  private static final int WHOLE_DIGITS = 15;

  // where in a field the scan is
  static final byte START = 0;
  static final byte SIGN = 1;
  static final byte ZERO = 2;
  static final byte NEGATIVE_ZERO = 3;
  static final byte POINT = 4;
  static final byte FRACTION = 5;

  /** A text so far, its last byte no blank; the next one's is. */
  static final byte TEXT = 6;

  static final byte TEXT_BLANK = 7;

  /** A text that begins with a blank, or something odd. */
  static final byte UNTRIMMED = 8;

  static final byte OPEN = 9;
  static final byte QUOTED = 10;
  static final byte QUOTED_BLANK = 11;
  static final byte QUOTED_UNTRIMMED = 12;
  static final byte CLOSED = 13;

  /** Nothing or a blank stands before the quote; another quote makes both a character. */
  static final byte CLOSED_BLANK = 14;

  static final byte CLOSED_UNTRIMMED = 15;

  /** Of one digit; the next states are of more, the last of too many. */
  static final byte WHOLE = 16;

  static final byte MANY = (byte) (WHOLE + WHOLE_DIGITS);
  static final int STATES = MANY + 1;

  /** In place of a state: the field is at its end. */
  static final byte END = -1;

  // what a field says of its column
  static final int MISSING = 1;
  static final int NUMBER = 2;
  static final int NOT_PLAIN = 4;
  static final int NOT_WHOLE = 8;
  static final int NOT_TRIMMED = 16;

  static final byte[] SAYS = says();

  /** State after a state and a byte: one look instead of many questions a byte. */
  final byte[] next = new byte[STATES << 8];

  private final byte delimiter;

  FieldStates(byte delimiter) {
    this.delimiter = delimiter;
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
  static byte text(int b) {
    return b > ' ' && b < 0x80 ? TEXT : TEXT_BLANK;
  }

  /** Whether a text that begins and ends with these bytes has no blanks there for sure. */
  static boolean trimmed(byte first, byte last) {
    return !begins(first & 0xff) && text(last) == TEXT;
  }

  /** Whether a blank may begin with this byte, one of ASCII or of Unicode's Zs in UTF-8. */
  private static boolean begins(int b) {
    return b <= ' ' || b == 0xc2 || b >= 0xe1 && b <= 0xe3;
  }

  /** What values have in common that say this together. */
  static Look look(int said) {
    if ((said & NOT_PLAIN) == 0) {
      return (said & NOT_WHOLE) == 0 ? Look.PLAIN_WHOLE : Look.PLAIN;
    }
    if ((said & NOT_WHOLE) == 0) {
      return Look.WHOLE;
    }
    return (said & NOT_TRIMMED) == 0 ? Look.TRIMMED : Look.ANY;
  }
}
