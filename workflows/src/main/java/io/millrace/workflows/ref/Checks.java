package io.millrace.workflows.ref;

import java.util.List;
import java.util.regex.Pattern;

/** Checks shared by records; every message names the field, the value and what was expected. */
public final class Checks {
  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,99}");
  private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");

  private Checks() {}

  /** A name that may become part of a key, a path and a workflow id. */
  public static String name(String field, String value) {
    if (value == null || !NAME.matcher(value).matches() || value.contains("..")) {
      throw new IllegalArgumentException(
          field
              + ": "
              + value
              + " (expected: lower-case letters, digits, '.', '_', '-', at most 100, no '..')");
    }
    return value;
  }

  /** Lower-case hex SHA-256. */
  public static String digest(String field, String value) {
    if (value == null || !DIGEST.matcher(value).matches()) {
      throw new IllegalArgumentException(field + ": " + value + " (expected: 64 hex digits)");
    }
    return value;
  }

  public static String present(String field, String value) {
    if (value == null || value.isBlank()) {
      throw new IllegalArgumentException(field + ": " + value + " (expected: some text)");
    }
    return value;
  }

  public static long positive(String field, long value) {
    if (value <= 0) {
      throw new IllegalArgumentException(field + ": " + value + " (expected: > 0)");
    }
    return value;
  }

  public static double finite(String field, double value) {
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException(field + ": " + value + " (expected: a finite number)");
    }
    return value;
  }

  /** Null becomes empty. */
  public static <T> List<T> list(List<T> values) {
    return values == null ? List.of() : List.copyOf(values);
  }
}
