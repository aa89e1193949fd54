package io.millrace.activities.spec;

import java.util.Collection;
import java.util.Locale;

/** The known word a person may have meant. */
public final class Suggestion {
  private Suggestion() {}

  /** {@code did you mean target?}, or all there is when nothing is near. */
  public static String of(String given, Collection<String> known) {
    String best = null;
    int least = Math.max(1, Math.min(3, given.length() / 3)) + 1;
    for (String word : known) {
      int distance = distance(plain(given), plain(word));
      if (distance < least) {
        least = distance;
        best = word;
      }
    }
    return best != null ? "did you mean " + best + "?" : "one of " + String.join(", ", known);
  }

  private static String plain(String word) {
    String all = word.replaceAll("[-_ ]", "").toLowerCase(Locale.ROOT);
    return all.length() <= 60 ? all : all.substring(0, 60);
  }

  /** Levenshtein. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int corner = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int change = corner + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        corner = row[j];
        row[j] = Math.min(change, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }
}
