package io.millrace.inference.runtime;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Collects the values of a request by column and checks them against the schema. Per row: {@link
 * #startRow}, the fields in any order, {@link #endRow}; at the end {@link #check}. Problems are
 * collected, not thrown, so that the caller hears of all of them. Not thread-safe.
 */
public final class Rows {
  private static final int MAX_PROBLEMS = 50;
  private static final int LONGEST_SHOWN = 80;

  private final Schema schema;
  private final Object[] columns;
  private final int[] seen;
  private final List<String> problems = new ArrayList<>();
  private final List<Integer> problemRows = new ArrayList<>();
  private @Nullable String[] entities = new @Nullable String[1];
  private boolean anyEntity;
  private int hidden;
  private int room = 1;
  private int rows;
  private long unexpectedMissing;

  public Rows(Schema schema) {
    this.schema = schema;
    columns = new Object[schema.size()];
    seen = new int[schema.size()];
    for (int i = 0; i < columns.length; i++) {
      columns[i] = schema.isNumber(i) ? new double[1] : new @Nullable String[1];
    }
  }

  public Schema schema() {
    return schema;
  }

  /** Rows ended so far. */
  public int size() {
    return rows;
  }

  /** Columns in the manifest's order; only the first {@link #size} values of each count. */
  public List<Object> columns() {
    return Arrays.asList(columns);
  }

  /** What the caller calls the row, for joining labels; null when it did not say. */
  public @Nullable String entity(int row) {
    return anyEntity ? entities[row] : null;
  }

  /** Nulls in features that had none in training. */
  public long unexpectedMissing() {
    return unexpectedMissing;
  }

  public void startRow() {
    if (rows == room) {
      room = Math.max(8, room * 2);
      for (int i = 0; i < columns.length; i++) {
        columns[i] =
            columns[i] instanceof double[] numbers
                ? Arrays.copyOf(numbers, room)
                : Arrays.copyOf((@Nullable String[]) columns[i], room);
      }
      if (anyEntity) {
        entities = Arrays.copyOf(entities, room);
      }
    }
  }

  /** Names the row. */
  public void entity(@Nullable String id) {
    if (id != null) {
      anyEntity = true;
      if (entities.length < room) {
        entities = Arrays.copyOf(entities, room);
      }
      entities[rows] = id;
    }
  }

  /** A number; in a category it is read as text, whole numbers without a decimal point. */
  public void number(int feature, double value) {
    if (!schema.isNumber(feature)) {
      text(feature, Schema.plain(value));
    } else if (!Double.isFinite(value) || !schema.allows(feature, value)) {
      illTyped(feature, Double.isFinite(value) ? Schema.plain(value) : Double.toString(value));
    } else if (first(feature)) {
      ((double[]) columns[feature])[rows] = value;
    }
  }

  /** A text; a problem where a number is wanted. */
  public void text(int feature, String value) {
    if (schema.isNumber(feature)) {
      illTyped(feature, '"' + value + '"');
    } else if (first(feature)) {
      ((@Nullable String[]) columns[feature])[rows] = value;
    }
  }

  /** A boolean; in a category it is read as the text training had for it, else a problem. */
  public void bool(int feature, boolean value) {
    if (schema.isNumber(feature)) {
      illTyped(feature, Boolean.toString(value));
    } else {
      text(feature, schema.text(feature, value));
    }
  }

  /** A null. */
  public void missing(int feature) {
    if (first(feature)) {
      if (columns[feature] instanceof double[] numbers) {
        numbers[rows] = Double.NaN;
      } else {
        ((@Nullable String[]) columns[feature])[rows] = null;
      }
      if (!schema.nullable(feature)) {
        unexpectedMissing++;
      }
    }
  }

  /** Anything else. @param shown the value, for the message */
  public void illTyped(int feature, String shown) {
    if (first(feature)) {
      problem(schema.name(feature), shown, schema.expected(feature));
    }
  }

  /** A field that the model does not have. */
  public void unknown(String name, String shown) {
    problem(name, shown, "no such field; the model takes " + schema.names());
  }

  /** Any other problem of the row. */
  public void problem(String field, String shown, String expected) {
    if (problems.size() == MAX_PROBLEMS) {
      hidden++;
      return;
    }
    String cut = shown.length() > LONGEST_SHOWN ? shown.substring(0, LONGEST_SHOWN) + "…" : shown;
    problems.add(field + ": " + cut + " (expected: " + expected + ")");
    problemRows.add(rows);
  }

  /** A value of any kind, from a map. */
  public void value(int feature, @Nullable Object value) {
    switch (value) {
      case null -> missing(feature);
      case Long whole when !schema.isNumber(feature) -> text(feature, whole.toString());
      case Number number -> number(feature, number.doubleValue());
      case String text -> text(feature, text);
      case Boolean bool -> bool(feature, bool);
      default -> illTyped(feature, value.toString());
    }
  }

  /** A whole row from a map: field to number, text, boolean or null. */
  public void row(Map<String, ? extends @Nullable Object> row) {
    startRow();
    row.forEach(
        (name, value) -> {
          int feature = schema.find(name);
          if (feature < 0) {
            unknown(name, String.valueOf(value));
          } else {
            value(feature, value);
          }
        });
    endRow();
  }

  /** Ends the row: a feature that was not given is a problem, a null is not. */
  public void endRow() {
    for (int i = 0; i < seen.length; i++) {
      if (seen[i] != rows + 1) {
        problem(schema.name(i), "missing", schema.expected(i) + ", or null");
      }
    }
    rows++;
  }

  /**
   * @throws RowInvalid when there was any problem
   */
  public void check() {
    if (problems.isEmpty()) {
      return;
    }
    List<String> all = new ArrayList<>();
    for (int i = 0; i < problems.size(); i++) {
      all.add(rows > 1 ? "rows[" + problemRows.get(i) + "]." + problems.get(i) : problems.get(i));
    }
    if (hidden > 0) {
      all.add("and " + hidden + " more problems");
    }
    throw new RowInvalid(all);
  }

  /**
   * The rows of several requests, one after the other; without names, as they are only scored.
   *
   * @param requests of one schema, all checked
   */
  public static Rows joined(List<Rows> requests) {
    Rows all = new Rows(requests.getFirst().schema);
    int size = requests.stream().mapToInt(Rows::size).sum();
    for (int i = 0; i < all.columns.length; i++) {
      Object column = all.schema.isNumber(i) ? new double[size] : new @Nullable String[size];
      int from = 0;
      for (Rows request : requests) {
        System.arraycopy(request.columns[i], 0, column, from, request.rows);
        from += request.rows;
      }
      all.columns[i] = column;
    }
    all.room = size;
    all.rows = size;
    return all;
  }

  private boolean first(int feature) {
    if (seen[feature] == rows + 1) {
      problem(schema.name(feature), "given twice", "every field once");
      return false;
    }
    seen[feature] = rows + 1;
    return true;
  }
}
