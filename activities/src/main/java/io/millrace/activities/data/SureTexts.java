package io.millrace.activities.data;

import java.util.Arrays;

/**
 * A kind of personal data that bytes alone are sure of, without a checksum: a table that a scan
 * follows byte by byte. It knows no text that its recogniser does not know.
 */
final class SureTexts {
  private static final String DIGITS = "0123456789";
  private static final String LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  private static final int DEAD = 1;

  /** In {@link #until}, after the end of a text that is one, or of none. */
  static final int DONE = 64 << 8;

  /** Letters at the end of the name of a host. */
  private static final int LONGEST_TOP = 24;

  static final SureTexts EMAIL = email();
  static final SureTexts IPV4 = ipv4();

  /** At least as many digits as {@link PersonalData} looks at; a column's name says of what. */
  static final SureTexts NUMBER = number();

  /** State after a state, from 0, and a byte. */
  final byte[] next;

  /** What finds it by value alone; empty: only together with the column's name. */
  private final String recogniser;

  private final boolean[] ends;

  private SureTexts(String recogniser, int states) {
    this.recogniser = recogniser;
    this.next = new byte[states << 8];
    this.ends = new boolean[states];
    Arrays.fill(next, (byte) DEAD);
  }

  String recogniser() {
    return recogniser;
  }

  /** Whether a text that ends in a state is one. */
  boolean ends(int state) {
    return ends[state];
  }

  /**
   * A table that knows where a field ends, and stays {@link #DONE} there or dead whatever comes
   * after it: several fields of different lengths can be followed as far as the longest. Its states
   * are shifted already.
   */
  char[] until(byte delimiter) {
    char[] until = new char[DONE + 256];
    for (int i = 0; i < next.length; i++) {
      until[i] = (char) (next[i] << 8);
    }
    for (int state = 0; state < ends.length; state++) {
      char then = (char) (state == 0 || ends[state] ? DONE : DEAD << 8);
      until[state << 8 | (delimiter & 0xff)] = then;
      until[state << 8 | '\n'] = then;
      until[state << 8 | '\r'] = then;
    }
    Arrays.fill(until, DONE, until.length, (char) DONE);
    return until;
  }

  private void on(int state, String bytes, int then) {
    for (int i = 0; i < bytes.length(); i++) {
      next[state << 8 | bytes.charAt(i)] = (byte) then;
    }
  }

  /** {@code local@label.label.top}, in ASCII; a top has 2 to 24 letters and nothing else. */
  private static SureTexts email() {
    int local = 2;
    int at = 3;
    int first = 4;
    int dot = 5;
    int mixed = 6;
    int top = 7;
    SureTexts email = new SureTexts(ValueRecognisers.EMAIL.name(), top + LONGEST_TOP);
    String label = LETTERS + DIGITS + "-";
    for (int state : new int[] {0, local}) {
      email.on(state, label + "._%+'", local);
    }
    email.on(local, "@", at);
    for (int state : new int[] {at, first}) {
      email.on(state, label, first);
    }
    email.on(first, ".", dot);
    email.on(dot, DIGITS + "-", mixed);
    email.on(dot, LETTERS, top);
    email.on(mixed, label, mixed);
    email.on(mixed, ".", dot);
    for (int n = 1; n <= LONGEST_TOP; n++) {
      int state = top + n - 1;
      email.on(state, DIGITS + "-", mixed);
      email.on(state, LETTERS, n < LONGEST_TOP ? state + 1 : mixed);
      email.on(state, ".", dot);
      email.ends[state] = n >= 2;
    }
    return email;
  }

  /** Four numbers up to 255 without zeros before them. */
  private static SureTexts ipv4() {
    int each = 6;
    SureTexts address = new SureTexts(ValueRecognisers.IPV4.name(), 2 + 4 * each);
    for (int n = 0; n < 4; n++) {
      int done = 2 + n * each;
      int two = done + 1;
      int one = done + 2;
      int twenty = done + 3;
      int fifty = done + 4;
      int begin = n == 0 ? 0 : done + 5;
      address.on(begin, "0", done);
      address.on(begin, "1", two);
      address.on(begin, "2", twenty);
      address.on(begin, "3456789", one);
      address.on(two, DIGITS, one);
      address.on(twenty, "01234", one);
      address.on(twenty, "5", fifty);
      address.on(twenty, "6789", done);
      address.on(fifty, "012345", done);
      address.on(one, DIGITS, done);
      for (int state : new int[] {done, two, one, twenty, fifty}) {
        if (n < 3) {
          address.on(state, ".", done + each + 5);
        } else {
          address.ends[state] = true;
        }
      }
    }
    return address;
  }

  private static SureTexts number() {
    SureTexts number = new SureTexts("", PersonalData.SHORTEST_NUMBER + 2);
    int state = 0;
    for (int n = 1; n < PersonalData.SHORTEST_NUMBER; n++) {
      number.on(state, DIGITS, n + 1);
      state = n + 1;
    }
    int enough = PersonalData.SHORTEST_NUMBER + 1;
    number.on(state, DIGITS, enough);
    number.on(enough, DIGITS, enough);
    number.ends[enough] = true;
    return number;
  }
}
