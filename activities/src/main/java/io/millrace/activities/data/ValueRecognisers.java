package io.millrace.activities.data;

import java.util.ArrayList;
import java.util.List;
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

  /** RE2 takes ten times as long where any letter may be one of an address. */
  private static final String ASCII_MAIL =
      "[A-Za-z0-9._%+'-]+@[A-Za-z0-9-]+(?:\\.[A-Za-z0-9-]+)*\\.[A-Za-z]{2,24}";

  private static final String OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";

  static final Recogniser EMAIL =
      new Recogniser("email", "x LIKE '%_@_%._%'", MAIL, 0.2, ASCII_MAIL);
  static final Recogniser CARD =
      new Recogniser(
          "card",
          Recogniser.full("[0-9][0-9 -]+[0-9]"),
          "[0-9](?:[ -]?[0-9]){12,18}",
          0.5,
          1,
          Checksums::card);
  static final Recogniser IBAN =
      new Recogniser(
          "iban",
          Recogniser.full("[A-Z][A-Z][0-9][0-9][A-Z0-9 ]+"),
          "[A-Z]{2}[0-9]{2} ?(?:[A-Z0-9]{4} ?){2,7}[A-Z0-9]{1,4}",
          0.2,
          1,
          Checksums::mod97);
  static final Recogniser IPV4 =
      new Recogniser(
          "ip-address",
          Recogniser.full("[0-9]+[.][0-9.]+"),
          OCTET + "(?:\\." + OCTET + "){3}",
          0.2,
          OCTET + "(?:\\." + OCTET + "){3}");
  static final Recogniser IPV6 =
      new Recogniser(
          "ip-address",
          Recogniser.full("[0-9A-Fa-f:]+:[0-9A-Fa-f:]*"),
          "(?:[0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}"
              + "|(?:[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{1,4}){0,6})?::"
              + "(?:[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{1,4}){0,6})?",
          0.2);

  /** E.164 with its plus: at most 15 digits, however they are set apart. */
  static final Recogniser PHONE =
      new Recogniser(
          "phone",
          Recogniser.full("[+][-0-9 ()./]+"),
          "\\+[1-9](?:[ ().\\-/]{0,2}[0-9]){6,14}",
          0.5);

  /** The same without a plus, for columns whose name speaks of telephones. */
  static final Recogniser NAMED_PHONE =
      new Recogniser(
          "phone", Recogniser.full("[+]?[-0-9 ()./]+"), "\\+?[(0-9][ ().\\-/0-9]{5,22}", 0.5);

  /** DICOM PS3.5 PN: family^given^middle^prefix^suffix. */
  static final Recogniser CARETS =
      new Recogniser(
          "person-name", "x LIKE '%_^%'", "\\p{L}[\\p{L} .'-]*(?:\\^[\\p{L} .'-]*){1,4}", 0.5);

  /** Of whole columns, in the order they are tried. */
  static final List<Recogniser> ALL = all();

  /** Values inside longer text that are hidden one by one, wherever they are. */
  private static final List<Recogniser> INSIDE =
      List.of(EMAIL, IBAN, CARD, PHONE, NationalIds.SSN, IPV4);

  /** SQL over the text {@code x}: true for every one that {@link #hide} would change. */
  static final String INSIDE_CANDIDATES =
      "(x LIKE '%_@_%._%' OR regexp_matches(x, '[A-Z][A-Z][0-9][0-9] ?[A-Z0-9]{4}"
          + "|[0-9]([ -]?[0-9]){12}|[+][1-9][ ().\\-/0-9]{6}|[0-9]{3}-[0-9]{2}-[0-9]{4}"
          + "|[0-9][.][0-9]+[.][0-9]+[.][0-9]'))";

  private static final List<Pattern> INSIDE_PATTERNS =
      INSIDE.stream()
          .map(
              r ->
                  Pattern.compile(
                      "(?<![\\p{L}0-9.])(?:" + r.pattern().pattern() + ")(?!\\.?[\\p{L}0-9])"))
          .toList();

  private ValueRecognisers() {}

  private static List<Recogniser> all() {
    List<Recogniser> all = new ArrayList<>(List.of(EMAIL, CARD, IBAN, IPV4, IPV6));
    all.addAll(NationalIds.ALL);
    all.add(PHONE);
    all.add(CARETS);
    return List.copyOf(all);
  }

  /** Replaces every e-mail address, number and address of a network inside the text. */
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
      if (recogniser.least() == 1 && recogniser.knows(value)) {
        return "***";
      }
    }
    String hidden = hide(value, found -> "***");
    return hidden.length() <= 60 ? hidden : hidden.substring(0, 57) + "...";
  }
}
