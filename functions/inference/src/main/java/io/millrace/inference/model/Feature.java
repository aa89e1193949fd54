package io.millrace.inference.model;

import org.jspecify.annotations.Nullable;

/**
 * One input column.
 *
 * @param kind what a request must send: a JSON number, or text (numbers and booleans are read as
 *     text)
 * @param nullable whether null (missing) was seen in training; null is accepted either way, counted
 *     when it was not
 * @param min least value seen in training; null for categories
 * @param max greatest value seen in training; null for categories
 * @param allowedMin least value a request may have, from a {@code range} expectation; null for open
 * @param allowedMax greatest value a request may have; null for open
 */
public record Feature(
    String name,
    Kind kind,
    boolean nullable,
    @Nullable Double min,
    @Nullable Double max,
    @Nullable Double allowedMin,
    @Nullable Double allowedMax) {
  /** Type of a column. */
  public enum Kind {
    NUMBER,
    CATEGORY
  }
}
