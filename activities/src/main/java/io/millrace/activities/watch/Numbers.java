package io.millrace.activities.watch;

import java.util.Locale;

/** Numbers as sentences write them. */
public final class Numbers {
  private Numbers() {}

  /** Three significant digits, without an exponent where it can be read without. */
  public static String shortly(double x) {
    if (!Double.isFinite(x)) {
      return "none";
    }
    double size = Math.abs(x);
    if (size == 0) {
      return "0";
    }
    if (size >= 1e9 || size < 1e-4) {
      return String.format(Locale.ROOT, "%.2e", x);
    }
    if (size >= 1000) {
      return String.format(Locale.ROOT, "%,d", Math.round(x));
    }
    int digits = Math.max(0, 2 - (int) Math.floor(Math.log10(size)));
    String text = String.format(Locale.ROOT, "%." + digits + "f", x);
    return text.contains(".") ? text.replaceAll("0+$", "").replaceAll("\\.$", "") : text;
  }

  public static String percent(double share) {
    return shortly(100 * share) + " %";
  }

  public static String p(double p) {
    return p < 1e-12 ? "p < 1e-12" : "p = " + shortly(p);
  }

  public static String count(long n) {
    return String.format(Locale.ROOT, "%,d", n);
  }
}
