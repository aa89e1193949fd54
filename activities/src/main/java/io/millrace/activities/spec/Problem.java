package io.millrace.activities.spec;

import com.fasterxml.jackson.databind.JsonNode;
import org.jspecify.annotations.Nullable;

/**
 * One thing that is wrong with a spec.
 *
 * @param path such as {@code training.candidates[1].hidden}
 * @param value what is there, as JSON; {@code nothing} when the key is missing
 * @param note {@code expected: …} or {@code not supported yet: …}
 * @param line of the file, from 1; 0 when it is not known
 */
public record Problem(String path, String value, String note, int line) {
  private static final int LONGEST = 80;

  static Problem expected(String path, @Nullable JsonNode value, String expected) {
    return new Problem(path, text(path, value), "expected: " + expected, 0);
  }

  static Problem notYet(String path, @Nullable JsonNode value, String what) {
    return new Problem(path, text(path, value), "not supported yet: " + what, 0);
  }

  Problem at(int place) {
    return new Problem(path, value, note, place);
  }

  /** {@code path: value (expected: …)}. */
  @Override
  public String toString() {
    return path + ": " + value + " (" + note + ")";
  }

  private static String text(String path, @Nullable JsonNode value) {
    if (value == null || value.isMissingNode() || value.isNull()) {
      return "nothing";
    }
    if (path.endsWith(".key") || path.endsWith(".hmac")) {
      // somebody may have written the secret itself
      return "***";
    }
    String json = value.toString().replaceAll("\\p{Cntrl}", "?");
    return json.length() <= LONGEST ? json : json.substring(0, LONGEST - 1) + "…";
  }
}
