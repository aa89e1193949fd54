package io.millrace.activities.dataset;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Rows in memory, by column. The arrays are shared with the caller: read only. */
public final class Table {
  private final int rows;
  private final Map<String, Column> columns = new LinkedHashMap<>();

  public Table(int rows, List<Column> columns) {
    this.rows = rows;
    for (Column column : columns) {
      if (column.rows() != rows) {
        throw new IllegalArgumentException(
            column.name() + ": " + column.rows() + " rows (expected: " + rows + ")");
      }
      this.columns.put(column.name(), column);
    }
  }

  /** One column of {@code rows} values. */
  public sealed interface Column {
    String name();

    int rows();
  }

  /**
   * @param values NaN is missing
   */
  public record Numbers(String name, double[] values) implements Column {
    @Override
    public int rows() {
      return values.length;
    }
  }

  /**
   * @param values null is missing
   */
  public record Categories(String name, @Nullable String[] values) implements Column {
    @Override
    public int rows() {
      return values.length;
    }
  }

  public int rows() {
    return rows;
  }

  /** In the order they were asked for. */
  public List<String> names() {
    return new ArrayList<>(columns.keySet());
  }

  /**
   * @throws IllegalArgumentException when there is no such column
   */
  public Column column(String name) {
    Column column = columns.get(name);
    if (column == null) {
      throw new IllegalArgumentException("column: " + name + " (expected: one of " + names() + ")");
    }
    return column;
  }

  /** The values of a number column; NaN is missing. */
  public double[] numbers(String name) {
    if (column(name) instanceof Numbers numbers) {
      return numbers.values();
    }
    throw new IllegalArgumentException("column: " + name + " (expected: numbers)");
  }

  /** The values of a category column; null is missing. */
  public @Nullable String[] categories(String name) {
    if (column(name) instanceof Categories categories) {
      return categories.values();
    }
    throw new IllegalArgumentException("column: " + name + " (expected: categories)");
  }
}
