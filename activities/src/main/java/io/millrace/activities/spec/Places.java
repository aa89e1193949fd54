package io.millrace.activities.spec;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.function.BiFunction;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Paths of values in a spec: {@code gates[2].metric}. */
final class Places {
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_-]{1,60}");

  private Places() {}

  static String child(String path, String key) {
    String shown = key.length() <= 60 ? key : key.substring(0, 59) + "…";
    if (!PLAIN.matcher(shown).matches()) {
      return path + "[\"" + shown.replaceAll("\\p{Cntrl}", "?") + "\"]";
    }
    return path.isEmpty() ? shown : path + "." + shown;
  }

  static String item(String path, int index) {
    return path + "[" + index + "]";
  }

  /** True when {@code path} is {@code ancestor} or lies below it. */
  static boolean within(String path, String ancestor) {
    return path.equals(ancestor)
        || (path.startsWith(ancestor)
            && (ancestor.isEmpty() || ".[".indexOf(path.charAt(ancestor.length())) >= 0));
  }

  /**
   * Calls for every value that the pattern names and puts what it answers in its place; a null
   * answer leaves the value.
   *
   * @param pattern keys with dots: {@code gates.[].metric}; {@code []} stands for every item
   */
  static void rewrite(
      JsonNode root, String pattern, BiFunction<String, JsonNode, @Nullable JsonNode> change) {
    List<String> steps = List.of(pattern.split("\\."));
    walk(root, "", steps, 0, change);
  }

  private static void walk(
      JsonNode node,
      String path,
      List<String> steps,
      int depth,
      BiFunction<String, JsonNode, @Nullable JsonNode> change) {
    String step = steps.get(depth);
    boolean last = depth == steps.size() - 1;
    if (step.equals("[]") && node instanceof ArrayNode array) {
      for (int i = 0; i < array.size(); i++) {
        JsonNode value = array.get(i);
        String place = item(path, i);
        if (last) {
          JsonNode changed = change.apply(place, value);
          if (changed != null) {
            array.set(i, changed);
          }
        } else {
          walk(value, place, steps, depth + 1, change);
        }
      }
    } else if (node instanceof ObjectNode object && object.has(step)) {
      JsonNode value = object.get(step);
      String place = child(path, step);
      if (last) {
        JsonNode changed = change.apply(place, value);
        if (changed != null) {
          object.set(step, changed);
        }
      } else {
        walk(value, place, steps, depth + 1, change);
      }
    }
  }
}
