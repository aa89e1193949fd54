package io.millrace.activities.data;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Names of people by dictionary: the most frequent given names and surnames of a census. Names of
 * many languages are not in it, so a column's name counts first; the dictionary finds columns that
 * are called otherwise, and first and last names that stand together in free text.
 */
final class PersonNames {
  /** Fewer different names could be colours, months or towns. */
  private static final int LEAST = 20;

  private static final double SHARE_GIVEN = 0.6;

  /** Surnames are words and towns as well. */
  private static final double SHARE_SURNAMES = 0.8;

  private static final double SHARE_FULL = 0.4;
  private static final Set<String> GIVEN = words("given-names.txt");
  private static final Set<String> SURNAMES = words("surnames.txt");
  private static final Pattern TITLE =
      Pattern.compile(
          "^(?:mr|mrs|ms|miss|dr|prof|sir|mme|herr|frau)\\.? ", Pattern.CASE_INSENSITIVE);
  private static final Pattern PAIR =
      Pattern.compile(
          "(?<![\\p{L}0-9])(\\p{Lu}\\p{Ll}+)((?: \\p{Lu}\\.?)?"
              + " )(\\p{Lu}(?:'\\p{Lu})?\\p{L}+)(?![\\p{L}0-9])");

  /** SQL over the text {@code x}: true for every one that {@link #hide} would change. */
  static final String PAIRS = "regexp_matches(x, '\\p{Lu}\\p{Ll}+ (\\p{Lu}[.]? )?\\p{Lu}\\p{L}')";

  private PersonNames() {}

  /** Whether a column's different values, or a fair sample of them, are names of people. */
  static boolean fill(Collection<String> values) {
    int given = 0;
    int surnames = 0;
    int full = 0;
    for (String value : values) {
      List<String> words = List.of(plain(value).split("[ ,]+"));
      if (words.size() == 1) {
        given += GIVEN.contains(words.getFirst()) ? 1 : 0;
        surnames += SURNAMES.contains(words.getFirst()) ? 1 : 0;
      } else if (words.size() <= 4) {
        boolean usual = GIVEN.contains(words.getFirst()) && SURNAMES.contains(words.getLast());
        boolean turned = SURNAMES.contains(words.getFirst()) && GIVEN.contains(words.get(1));
        full += usual || turned ? 1 : 0;
      }
    }
    int all = values.size();
    return given >= LEAST && given >= all * SHARE_GIVEN
        || surnames >= LEAST && surnames >= all * SHARE_SURNAMES
        || full >= LEAST && full >= all * SHARE_FULL;
  }

  /** Replaces each given name that a surname follows. */
  static String hide(String text, UnaryOperator<String> replacement) {
    Matcher matcher = PAIR.matcher(text);
    StringBuilder hidden = new StringBuilder();
    int done = 0;
    while (matcher.find(done)) {
      boolean known =
          GIVEN.contains(plain(matcher.group(1))) && SURNAMES.contains(plain(matcher.group(3)));
      // a word that begins no name may be the word before one: "Dear Mary Smith"
      int end = known ? matcher.end() : matcher.end(1);
      hidden.append(text, done, known ? matcher.start() : end);
      if (known) {
        hidden.append(replacement.apply(matcher.group()));
      }
      done = end;
    }
    return hidden.append(text, done, text.length()).toString();
  }

  /** Lower case, without title and accents. */
  private static String plain(String value) {
    String bare =
        Normalizer.normalize(TITLE.matcher(value.strip()).replaceFirst(""), Normalizer.Form.NFD);
    return bare.replaceAll("[\\p{M}']", "").toLowerCase(Locale.ROOT);
  }

  private static Set<String> words(String resource) {
    String path = "/io/millrace/activities/data/" + resource;
    try (InputStream in =
            Objects.requireNonNull(PersonNames.class.getResourceAsStream(path), path);
        BufferedReader reader =
            new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      Set<String> words = new HashSet<>();
      reader.lines().filter(line -> !line.startsWith("#")).forEach(words::add);
      return Set.copyOf(words);
    } catch (IOException e) {
      throw new UncheckedIOException(path + ": in our own jar (expected: readable)", e);
    }
  }
}
