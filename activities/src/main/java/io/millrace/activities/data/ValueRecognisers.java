package io.millrace.activities.data;

import java.math.BigInteger;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What single values give away. Each recogniser is a cheap condition by which DuckDB finds
 * candidates, a pattern, and where the pattern alone would find too much, a checksum.
 */
final class ValueRecognisers {
  private static final String MAIL =
      "[\\p{L}0-9._%+'-]+@[\\p{L}0-9-]+(?:\\.[\\p{L}0-9-]+)*\\.\\p{L}{2,24}";
  private static final String OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";

  /**
   * A recogniser of whole values.
   *
   * @param candidates SQL over the text {@code x}; true for every value that fits the pattern
   * @param share of the values that are there, from which the whole column counts as found
   */
  record Recogniser(String name, String candidates, Pattern pattern, double share) {
    Recogniser(String name, String candidates, String pattern, double share) {
      this(name, candidates, Pattern.compile(pattern), share);
    }

    /** Whether the value is one. */
    boolean knows(String value) {
      String plain = value.strip();
      return pattern.matcher(plain).matches()
          && (!name.equals("card") || luhn(plain))
          && (!name.equals("iban") || mod97(plain));
    }
  }

  static final Recogniser EMAIL = new Recogniser("email", "x LIKE '%_@_%._%'", MAIL, 0.2);
  static final Recogniser CARD =
      new Recogniser("card", full("[0-9][0-9 -]+[0-9]"), "[0-9](?:[ -]?[0-9]){12,18}", 0.5);
  static final Recogniser IBAN =
      new Recogniser(
          "iban",
          full("[A-Z][A-Z][0-9][0-9][A-Z0-9 ]+"),
          "[A-Z]{2}[0-9]{2} ?(?:[A-Z0-9]{4} ?){2,7}[A-Z0-9]{1,4}",
          0.2);
  static final Recogniser IPV4 =
      new Recogniser(
          "ip-address", full("[0-9]+[.][0-9.]+"), OCTET + "(?:\\." + OCTET + "){3}", 0.2);
  static final Recogniser IPV6 =
      new Recogniser(
          "ip-address",
          full("[0-9A-Fa-f:]+:[0-9A-Fa-f:]*"),
          "(?:[0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}"
              + "|(?:[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{1,4}){0,6})?::"
              + "(?:[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{1,4}){0,6})?",
          0.2);
  static final Recogniser SSN =
      new Recogniser(
          "national-id", full("[0-9]+-[0-9]+-[0-9]+"), "[0-9]{3}-[0-9]{2}-[0-9]{4}", 0.5);
  static final Recogniser PHONE =
      new Recogniser(
          "phone", full("[+][-0-9 ()./]+"), "\\+[1-9][0-9]{0,3}[ ().\\-/0-9]{6,20}", 0.5);

  /** The same, for columns whose name speaks of telephones. */
  static final Recogniser NAMED_PHONE =
      new Recogniser("phone", full("[+]?[-0-9 ()./]+"), "\\+?[(0-9][ ().\\-/0-9]{5,22}", 0.5);

  static final List<Recogniser> ALL = List.of(EMAIL, CARD, IBAN, IPV4, IPV6, SSN, PHONE);

  /** Values inside longer text that are hidden one by one, wherever they are. */
  private static final List<Recogniser> INSIDE = List.of(EMAIL, IBAN, CARD);

  /** SQL over the text {@code x}: true for every one that {@link #hide} would change. */
  static final String INSIDE_CANDIDATES =
      "(x LIKE '%_@_%._%' OR regexp_matches(x, '[A-Z][A-Z][0-9][0-9] ?[A-Z0-9]{4}')"
          + " OR regexp_matches(x, '[0-9]([ -]?[0-9]){12}'))";

  private static final List<Pattern> INSIDE_PATTERNS =
      INSIDE.stream()
          .map(
              r ->
                  Pattern.compile(
                      "(?<![\\p{L}0-9.])(?:" + r.pattern().pattern() + ")(?![\\p{L}0-9])"))
          .toList();

  private ValueRecognisers() {}

  /** Replaces every e-mail address, IBAN and card number inside the text. */
  static String hide(String text, UnaryOperator<String> replacement) {
    String hidden = text;
    for (int i = 0; i < INSIDE.size(); i++) {
      Recogniser recogniser = INSIDE.get(i);
      // a checksum decides inside text too
      Matcher matcher = INSIDE_PATTERNS.get(i).matcher(hidden);
      hidden =
          matcher.replaceAll(
              found ->
                  Matcher.quoteReplacement(
                      recogniser.knows(found.group())
                          ? replacement.apply(found.group())
                          : found.group()));
    }
    return hidden;
  }

  /** A value for a message: what is personal in it hidden, at most 60 characters. */
  static String shown(String value) {
    for (Recogniser recogniser : ALL) {
      if (recogniser.knows(value)) {
        return "***";
      }
    }
    String hidden = hide(value, found -> "***");
    return hidden.length() <= 60 ? hidden : hidden.substring(0, 57) + "...";
  }

  private static String full(String pattern) {
    return "regexp_full_match(x, '" + pattern + "')";
  }

  /** Luhn's checksum over the digits, 13 to 19 of them, not all equal. */
  static boolean luhn(String value) {
    int sum = 0;
    int digits = 0;
    boolean varied = false;
    char first = value.charAt(0);
    for (int i = value.length() - 1; i >= 0; i--) {
      char c = value.charAt(i);
      if (c < '0' || c > '9') {
        continue;
      }
      varied |= c != first;
      int d = c - '0';
      if (digits++ % 2 == 1) {
        d = d * 2 > 9 ? d * 2 - 9 : d * 2;
      }
      sum += d;
    }
    return varied && digits >= 13 && digits <= 19 && sum % 10 == 0;
  }

  /** ISO 13616: the rearranged number is 1 modulo 97. */
  static boolean mod97(String value) {
    String plain = value.replace(" ", "").toUpperCase(Locale.ROOT);
    if (plain.length() < 15 || plain.length() > 34) {
      return false;
    }
    StringBuilder number = new StringBuilder();
    for (char c : (plain.substring(4) + plain.substring(0, 4)).toCharArray()) {
      number.append(Character.digit(c, 36));
    }
    return new BigInteger(number.toString()).mod(BigInteger.valueOf(97)).intValue() == 1;
  }
}
