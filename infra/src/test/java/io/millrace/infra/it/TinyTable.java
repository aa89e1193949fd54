package io.millrace.infra.it;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;
import java.util.zip.GZIPOutputStream;

/**
 * A few hundred rows {@code amount, plan, member, y} that a model can learn, and what can be wrong
 * with such a file. Immutable.
 */
record TinyTable(List<String> header, List<String[]> rows) {
  static final int ROWS = 400;

  /** Equal seeds give equal rows; no two rows are equal. */
  static TinyTable good(long seed) {
    Random random = new Random(seed);
    List<String[]> rows = new ArrayList<>();
    for (int i = 0; i < ROWS; i++) {
      double amount = Math.round(random.nextGaussian() * 1e5) / 1e3;
      boolean member = random.nextBoolean();
      boolean yes = amount / 40 + (member ? 1 : -1) + random.nextGaussian() * 0.6 > 0;
      rows.add(
          new String[] {
            Double.toString(amount), "abc".substring(i % 3, i % 3 + 1), name(member), name(yes)
          });
    }
    return new TinyTable(List.of("amount", "plan", "member", "y"), rows);
  }

  private static String name(boolean value) {
    return value ? "True" : "False";
  }

  /** With this value in every row of the column, which is added when it is not there. */
  TinyTable with(String column, IntFunction<String> value) {
    List<String> names = new ArrayList<>(header);
    int at = names.indexOf(column);
    if (at < 0) {
      names.add(column);
    }
    List<String[]> changed = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      String[] row = Arrays.copyOf(rows.get(i), names.size());
      row[at < 0 ? names.size() - 1 : at] = value.apply(i);
      changed.add(row);
    }
    return new TinyTable(names, changed);
  }

  /** With one value changed. */
  TinyTable with(int row, String column, String value) {
    int at = header.indexOf(column);
    return with(column, i -> i == row ? value : rows.get(i)[at]);
  }

  String value(int row, String column) {
    return rows.get(row)[header.indexOf(column)];
  }

  /** The first rows once more at the end. */
  TinyTable twice(int count) {
    List<String[]> more = new ArrayList<>(rows);
    more.addAll(rows.subList(0, count));
    return new TinyTable(header, more);
  }

  /** The same rows over and over, up to a number of rows. */
  TinyTable repeated(int count) {
    List<String[]> more = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      more.add(rows.get(i % rows.size()));
    }
    return new TinyTable(header, more);
  }

  String csv() {
    StringBuilder text = new StringBuilder(String.join(",", header)).append('\n');
    rows.forEach(row -> text.append(String.join(",", row)).append('\n'));
    return text.toString();
  }

  Path write(Path file) throws IOException {
    return write(file, text -> text);
  }

  /** Written after a change to the text. */
  Path write(Path file, UnaryOperator<String> change) throws IOException {
    return Files.writeString(file, change.apply(csv()));
  }

  /** As gzip without its last bytes. */
  Path writeTruncated(Path file) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
      gzip.write(csv().getBytes(StandardCharsets.UTF_8));
    }
    return Files.write(file, Arrays.copyOf(bytes.toByteArray(), bytes.size() - 20));
  }
}
