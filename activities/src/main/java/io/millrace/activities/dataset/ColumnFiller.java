package io.millrace.activities.dataset;

import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import org.duckdb.DuckDBReadableVector;
import org.jspecify.annotations.Nullable;

/** Fills one column of a {@link Table} from DuckDB's vectors. Equal texts become one object. */
final class ColumnFiller {
  /** Bounds the look-up of a column whose texts are all different. */
  private static final int MOST_TEXTS = 1 << 16;

  private final String name;
  private final boolean number;
  private final Map<String, String> known = new HashMap<>();
  private double[] numbers = new double[0];
  private @Nullable String[] texts = new String[0];

  /**
   * @param number whether the vectors are DOUBLE; else they are VARCHAR
   */
  ColumnFiller(String name, boolean number) {
    this.name = name;
    this.number = number;
  }

  /** Starts a column. */
  void open(int rows) {
    if (number) {
      numbers = new double[rows];
    } else {
      texts = new @Nullable String[rows];
    }
  }

  /** Copies a vector's first {@code count} values to row {@code at} and on. */
  void take(DuckDBReadableVector vector, int at, int count) throws SQLException {
    if (number) {
      for (int i = 0; i < count; i++) {
        numbers[at + i] = vector.getDouble(i, Double.NaN);
      }
      return;
    }
    for (int i = 0; i < count; i++) {
      texts[at + i] = vector.isNull(i) ? null : one(vector.getString(i));
    }
  }

  /** The column that was opened last. */
  Table.Column column() {
    return number ? new Table.Numbers(name, numbers) : new Table.Categories(name, texts);
  }

  private String one(String text) {
    if (known.size() >= MOST_TEXTS) {
      return known.getOrDefault(text, text);
    }
    String before = known.putIfAbsent(text, text);
    return before == null ? text : before;
  }
}
