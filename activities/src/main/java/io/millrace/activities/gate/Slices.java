package io.millrace.activities.gate;

import io.millrace.activities.dataset.Table;
import io.millrace.activities.page.Words;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Cuts rows into slices by a column. */
final class Slices {
  /** More distinct values than this are no slices. */
  static final int MOST = 100;

  private Slices() {}

  /**
   * @param name such as {@code EDUCATION = 2} or {@code AGE 28..34}
   * @param rows positions, ascending
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Slice(String name, int[] rows) {}

  /**
   * One slice per value; missing values are a slice of their own.
   *
   * @throws IllegalArgumentException when there are more than {@link #MOST} values
   */
  static List<Slice> byValue(String column, Table.Column values) {
    Map<Object, List<Integer>> groups = new TreeMap<>();
    List<Integer> missing = new ArrayList<>();
    switch (values) {
      case Table.Numbers numbers -> {
        for (int i = 0; i < numbers.values().length; i++) {
          double value = numbers.values()[i];
          // + 0.0 makes -0.0 and 0.0 one key
          (Double.isNaN(value) ? missing : list(groups, value + 0.0)).add(i);
        }
      }
      case Table.Categories texts -> {
        for (int i = 0; i < texts.values().length; i++) {
          String value = texts.values()[i];
          (value == null ? missing : list(groups, value)).add(i);
        }
      }
    }
    if (groups.size() > MOST) {
      throw new IllegalArgumentException(
          "%s: %d distinct values (expected: at most %d, or %s:quartiles for numbers)"
              .formatted(column, groups.size(), MOST, column));
    }
    List<Slice> slices = new ArrayList<>();
    groups.forEach((value, rows) -> slices.add(slice(column + " = " + text(value), rows)));
    if (!missing.isEmpty()) {
      slices.add(slice(column + " missing", missing));
    }
    return slices;
  }

  /**
   * Four slices of about as many rows, cut at the quartiles of these rows; a value that spans a cut
   * stays in the lower slice, so fewer than four may come out. Missing values are a slice of their
   * own.
   */
  static List<Slice> byQuartile(String column, double[] values) {
    double[] sorted = Arrays.stream(values).filter(v -> !Double.isNaN(v)).sorted().toArray();
    List<Slice> slices = new ArrayList<>();
    double above = Double.NEGATIVE_INFINITY;
    for (int q = 1; q <= 4 && sorted.length > 0; q++) {
      double upTo = sorted[(int) Math.ceil(sorted.length * q / 4.0) - 1];
      if (upTo <= above) {
        continue;
      }
      List<Integer> rows = new ArrayList<>();
      double least = Double.POSITIVE_INFINITY;
      for (int i = 0; i < values.length; i++) {
        if (values[i] > above && values[i] <= upTo) {
          rows.add(i);
          least = Math.min(least, values[i]);
        }
      }
      slices.add(slice(column + " " + Words.number(least) + ".." + Words.number(upTo), rows));
      above = upTo;
    }
    List<Integer> missing = new ArrayList<>();
    for (int i = 0; i < values.length; i++) {
      if (Double.isNaN(values[i])) {
        missing.add(i);
      }
    }
    if (!missing.isEmpty()) {
      slices.add(slice(column + " missing", missing));
    }
    return slices;
  }

  private static List<Integer> list(Map<Object, List<Integer>> groups, Object key) {
    return groups.computeIfAbsent(key, k -> new ArrayList<>());
  }

  private static Slice slice(String name, List<Integer> rows) {
    return new Slice(name, rows.stream().mapToInt(Integer::intValue).toArray());
  }

  private static String text(Object value) {
    return value instanceof Double number ? Words.number(number) : String.valueOf(value);
  }
}
