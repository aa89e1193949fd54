package io.millrace.workflows.labels;

import java.math.BigDecimal;

/** Labels as text, so that {@code 1}, {@code 1.0} and {@code 1e0} are one class. */
public final class LabelText {
  private LabelText() {}

  /** Numbers in their plainest form, other texts as they are without space around. */
  public static String plain(String label) {
    String text = label.strip();
    try {
      BigDecimal number = new BigDecimal(text);
      // 1e400000000 is not worth its digits
      if (Math.abs(number.scale()) > 40) {
        return text;
      }
      return number.signum() == 0 ? "0" : number.stripTrailingZeros().toPlainString();
    } catch (NumberFormatException e) {
      return text;
    }
  }
}
