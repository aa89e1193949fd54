package io.millrace.activities.page;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;

/** Numbers for people: in sentences, cards and reports. */
public final class Words {
  private Words() {}

  /** Four digits after the point below 100, five significant ones above; no trailing zeros. */
  public static String number(double value) {
    if (!Double.isFinite(value)) {
      return String.valueOf(value);
    }
    BigDecimal exact = BigDecimal.valueOf(value);
    BigDecimal rounded =
        Math.abs(value) < 100
            ? exact.setScale(4, RoundingMode.HALF_EVEN)
            : exact.round(new MathContext(5, RoundingMode.HALF_EVEN));
    return rounded.signum() == 0 ? "0" : rounded.stripTrailingZeros().toPlainString();
  }

  /** With as many digits as its neighbours in a column: four after the point below 100. */
  public static String column(double value) {
    return Double.isFinite(value) && Math.abs(value) < 100
        ? String.format(Locale.ROOT, "%.4f", value)
        : number(value);
  }

  /** With its sign. */
  public static String signed(double value) {
    return value > 0 ? "+" + number(value) : number(value);
  }

  /** {@code 95 %}. */
  public static String percent(double share) {
    return number(share * 100) + " %";
  }

  /** {@code 6,000}. */
  public static String count(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }
}
