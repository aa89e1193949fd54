package io.millrace.inference.model;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One object of a manifest: each field is asked for by name and type, and those that nobody asked
 * for are a problem. Read without reflection, which a function's start has no time for.
 */
final class ManifestFields {
  private final String path;
  private final Map<String, @Nullable Object> values;
  private final Set<String> asked = new LinkedHashSet<>();

  private ManifestFields(String path, Map<String, @Nullable Object> values) {
    this.path = path;
    this.values = values;
  }

  /**
   * Reads the whole document.
   *
   * @throws PackageInvalid when it is not an object, or something follows it
   */
  static ManifestFields read(JsonParser in) throws IOException {
    in.nextToken();
    ManifestFields root = object(value(in), "");
    if (in.nextToken() != null) {
      throw problem("(root)", "more after the object", "nothing");
    }
    return root;
  }

  /** Numbers are Integer, Long, BigInteger or Double; lists and objects are held whole. */
  private static @Nullable Object value(JsonParser in) throws IOException {
    JsonToken token = in.currentToken();
    if (token == JsonToken.START_OBJECT) {
      Map<String, @Nullable Object> fields = new LinkedHashMap<>();
      while (in.nextToken() == JsonToken.FIELD_NAME) {
        String name = in.currentName();
        in.nextToken();
        fields.put(name, value(in));
      }
      return fields;
    }
    if (token == JsonToken.START_ARRAY) {
      List<@Nullable Object> items = new ArrayList<>();
      while (in.nextToken() != JsonToken.END_ARRAY) {
        items.add(value(in));
      }
      return items;
    }
    if (token == JsonToken.VALUE_STRING) {
      return in.getText();
    }
    if (token == JsonToken.VALUE_NUMBER_INT) {
      return in.getNumberValue();
    }
    if (token == JsonToken.VALUE_NUMBER_FLOAT) {
      return in.getDoubleValue();
    }
    return token == JsonToken.VALUE_NULL || token == null
        ? null
        : Boolean.valueOf(token == JsonToken.VALUE_TRUE);
  }

  @SuppressWarnings("unchecked") // made above
  private static ManifestFields object(@Nullable Object value, String path) {
    if (value instanceof Map<?, ?> fields) {
      return new ManifestFields(path, (Map<String, @Nullable Object>) fields);
    }
    throw problem(path, value, "an object");
  }

  private static PackageInvalid problem(String path, @Nullable Object value, String expected) {
    String shown = String.valueOf(value);
    return new PackageInvalid(
        PackageFiles.MANIFEST
            + (path.isEmpty() ? "" : ": " + path)
            + ": "
            + (shown.length() > 80 ? shown.substring(0, 80) + "…" : shown)
            + " (expected: "
            + expected
            + ")");
  }

  /** Names a value of this object that is none of those expected. */
  PackageInvalid problem(String name, String expected) {
    return problem(at(name), values.get(name), expected);
  }

  private String at(String name) {
    return path.isEmpty() ? name : path + "." + name;
  }

  private @Nullable Object take(String name) {
    asked.add(name);
    return values.get(name);
  }

  String text(String name) {
    if (take(name) instanceof String text) {
      return text;
    }
    throw problem(name, "text");
  }

  int whole(String name) {
    if (take(name) instanceof Integer whole) {
      return whole;
    }
    throw problem(name, "a whole number");
  }

  boolean flag(String name) {
    if (take(name) instanceof Boolean flag) {
      return flag;
    }
    throw problem(name, "true or false");
  }

  double number(String name) {
    if (take(name) instanceof Number number) {
      return number.doubleValue();
    }
    throw problem(name, "a number");
  }

  @Nullable Double numberOrNull(String name) {
    return values.get(name) == null && asked.add(name) ? null : number(name);
  }

  ManifestFields object(String name) {
    return object(take(name), at(name));
  }

  List<String> texts(String name) {
    List<String> texts = new ArrayList<>();
    for (Object item : list(name)) {
      if (!(item instanceof String text)) {
        throw problem(at(name) + "[" + texts.size() + "]", item, "text");
      }
      texts.add(text);
    }
    return texts;
  }

  List<Double> numbers(String name) {
    List<Double> numbers = new ArrayList<>();
    for (Object item : list(name)) {
      if (!(item instanceof Number number)) {
        throw problem(at(name) + "[" + numbers.size() + "]", item, "a number");
      }
      numbers.add(number.doubleValue());
    }
    return numbers;
  }

  List<ManifestFields> objects(String name) {
    List<ManifestFields> objects = new ArrayList<>();
    for (Object item : list(name)) {
      objects.add(object(item, at(name) + "[" + objects.size() + "]"));
    }
    return objects;
  }

  private List<?> list(String name) {
    if (take(name) instanceof List<?> list) {
      return list;
    }
    throw problem(name, "a list");
  }

  /** This object's own place, to say what is wrong with it as a whole. */
  String path() {
    return path;
  }

  /**
   * @throws PackageInvalid when there is a field that was not asked for
   */
  void end() {
    for (String name : values.keySet()) {
      if (!asked.contains(name)) {
        throw problem(at(name), "unknown field", "one of " + String.join(", ", asked));
      }
    }
  }
}
