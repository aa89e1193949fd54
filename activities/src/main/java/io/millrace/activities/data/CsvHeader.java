package io.millrace.activities.data;

import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The first record of a CSV: names and delimiter. The delimiter is the one of comma, semicolon, tab
 * and bar that stands most often in it, outside quotes; a guess from the rows would turn a ragged
 * file into another dialect instead of an error.
 *
 * @param names one per field; an empty one is called {@code column<n>}, counted from 1
 */
record CsvHeader(char delimiter, List<String> names) {
  private static final int LONGEST = 1 << 20;
  private static final String DELIMITERS = ",;\t|";

  CsvHeader {
    names = List.copyOf(names);
  }

  /**
   * @param named whether the first line names the columns; else it is a row, and they are called
   *     {@code column1} and so on
   * @throws io.temporal.failure.ApplicationFailure {@code DATA_UNREADABLE}
   */
  static CsvHeader read(Path file, String shown, boolean named) throws IOException {
    String record = record(file, shown);
    int[] counts = new int[DELIMITERS.length()];
    boolean quoted = false;
    for (int i = 0; i < record.length(); i++) {
      char c = record.charAt(i);
      if (c == '"') {
        quoted = !quoted;
      } else if (!quoted && DELIMITERS.indexOf(c) >= 0) {
        counts[DELIMITERS.indexOf(c)]++;
      }
    }
    int best = 0;
    for (int i = 1; i < counts.length; i++) {
      best = counts[i] > counts[best] ? i : best;
    }
    char delimiter = DELIMITERS.charAt(best);
    List<String> names = fields(record, delimiter);
    if (!named) {
      List<String> counted = new ArrayList<>();
      names.forEach(name -> counted.add("column" + (counted.size() + 1)));
      names = counted;
    }
    unique(names, shown);
    return new CsvHeader(delimiter, names);
  }

  /** Names that differ by case only count as equal: SQL conditions could not tell them apart. */
  static void unique(List<String> names, String shown) {
    Map<String, String> seen = new HashMap<>();
    for (String name : names) {
      String twin = seen.put(name.toLowerCase(Locale.ROOT), name);
      if (twin != null) {
        throw Failures.of(
            FailureType.DATA_UNREADABLE,
            "source: %s has the columns %s and %s (expected: different names)"
                .formatted(shown, twin, name));
      }
    }
  }

  private static String record(Path file, String shown) throws IOException {
    StringBuilder record = new StringBuilder();
    boolean quoted = false;
    try (BufferedReader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      int c;
      while ((c = reader.read()) >= 0 && record.length() < LONGEST) {
        if (c == '"') {
          quoted = !quoted;
        }
        if (!quoted && (c == '\n' || c == '\r')) {
          break;
        }
        if (c != '\uFEFF' || !record.isEmpty()) {
          record.append((char) c);
        }
      }
    } catch (CharacterCodingException e) {
      throw Failures.of(FailureType.DATA_UNREADABLE, "source: " + shown + " (expected: UTF-8)");
    }
    if (record.isEmpty() || record.length() >= LONGEST || quoted || record.indexOf("\0") >= 0) {
      throw Failures.of(
          FailureType.DATA_UNREADABLE,
          "source: " + shown + " has no header (expected: a first line of column names)");
    }
    return record.toString();
  }

  private static List<String> fields(String record, char delimiter) {
    List<String> fields = new ArrayList<>();
    StringBuilder field = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i <= record.length(); i++) {
      boolean end = i == record.length();
      char c = end ? delimiter : record.charAt(i);
      if (!end && quoted && c == '"' && i + 1 < record.length() && record.charAt(i + 1) == '"') {
        field.append('"');
        i++;
      } else if (!end && c == '"') {
        quoted = !quoted;
      } else if (end || (c == delimiter && !quoted)) {
        String name = field.toString().strip();
        fields.add(name.isEmpty() ? "column" + (fields.size() + 1) : name);
        field.setLength(0);
      } else {
        field.append(c);
      }
    }
    return fields;
  }
}
