package io.millrace.activities.store;

/** Checks of keys, shared by the adapters. */
final class Keys {
  private Keys() {}

  /** A key of an object. */
  static String checked(String key) {
    if (key.isEmpty() || key.length() > 900 || key.startsWith("/") || key.endsWith("/")) {
      throw bad(key);
    }
    return prefix(key);
  }

  /** A prefix: may be empty and may end in a slash. */
  static String prefix(String key) {
    String[] parts = key.split("/", -1);
    for (int i = 0; i < parts.length; i++) {
      boolean last = i == parts.length - 1;
      String part = parts[i];
      if ((part.isEmpty() && !last) || part.equals(".") || part.equals("..")) {
        throw bad(key);
      }
    }
    for (int i = 0; i < key.length(); i++) {
      char c = key.charAt(i);
      if (c < 0x20 || c == '\\' || c == 0x7f) {
        throw bad(key);
      }
    }
    return key;
  }

  private static IllegalArgumentException bad(String key) {
    return new IllegalArgumentException(
        "key: "
            + key
            + " (expected: parts of a/b/c, none empty, '.' or '..', at most 900 characters)");
  }
}
