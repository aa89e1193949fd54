package io.millrace.activities.data;

import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Knows one kind of personal data by its values.
 *
 * @param name such as {@code email}
 * @param candidates SQL over the text {@code x}; true for every value that fits the pattern
 * @param pattern of a whole value
 * @param share of the values that are there, from which the whole column counts as found
 * @param least different values that must be known: kinds whose checksum one number in ten has by
 *     chance want more than a few
 * @param sound what the pattern cannot tell: the checksum, the date inside
 * @param sure SQL over the text {@code x}; only true for values that are known: they need not be
 *     looked at one by one. Null where SQL cannot tell
 */
record Recogniser(
    String name,
    String candidates,
    Pattern pattern,
    double share,
    int least,
    Predicate<String> sound,
    @Nullable String sure) {
  /** Without a checksum. */
  Recogniser(String name, String candidates, String pattern, double share) {
    this(name, candidates, pattern, share, 1, value -> true);
  }

  /** Without a checksum, of what RE2 matches as a whole and others. */
  Recogniser(String name, String candidates, String pattern, double share, String sure) {
    this(name, candidates, Pattern.compile(pattern), share, 1, value -> true, full(sure));
  }

  Recogniser(
      String name,
      String candidates,
      String pattern,
      double share,
      int least,
      Predicate<String> sound) {
    this(name, candidates, Pattern.compile(pattern), share, least, sound, null);
  }

  /** Whether the value is one; white space around it does not count. */
  boolean knows(String value) {
    String plain = value.strip();
    return pattern.matcher(plain).matches() && sound.test(plain);
  }

  /** SQL that holds for texts which RE2 matches as a whole. */
  static String full(String pattern) {
    return "regexp_full_match(x, '" + pattern.replace("'", "''") + "')";
  }
}
