package io.millrace.activities.watch.multivariate;

import io.millrace.activities.dataset.Table;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Rows as numbers, learned on the reference: a number as it is, a category as the share of the
 * reference's rows that have it (0 for one never seen), both standardised by the reference; what is
 * missing is its mean. Columns that do not vary in the reference are left out: nothing can be
 * scaled by them. Immutable.
 */
public final class RowEncoder {
  private record Column(
      String name, @Nullable Map<String, Double> shares, double mean, double deviation) {}

  private final List<Column> columns;

  private RowEncoder(List<Column> columns) {
    this.columns = columns;
  }

  /** Learns from some rows, at least one. */
  public static RowEncoder fit(Table reference) {
    List<Column> columns = new ArrayList<>();
    for (String name : reference.names()) {
      Map<String, Double> shares =
          reference.column(name) instanceof Table.Categories c ? shares(c.values()) : null;
      double[] raw = raw(reference.column(name), shares);
      double[] known = Arrays.stream(raw).filter(Double::isFinite).toArray();
      double mean = Arrays.stream(known).average().orElse(0);
      double squares = Arrays.stream(known).map(x -> (x - mean) * (x - mean)).sum();
      double deviation = Math.sqrt(squares / Math.max(1, known.length));
      if (deviation > 1e-12 * Math.max(1, Math.abs(mean))) {
        columns.add(new Column(name, shares, mean, deviation));
      }
    }
    return new RowEncoder(List.copyOf(columns));
  }

  /** Names of the columns that are encoded, in order. */
  public List<String> names() {
    return columns.stream().map(Column::name).toList();
  }

  /**
   * Encodes rows; a column that is not there is missing in every row.
   *
   * @return {@code (rows, names)}
   */
  public double[][] encode(Table table) {
    double[][] rows = new double[table.rows()][columns.size()];
    for (int c = 0; c < columns.size(); c++) {
      Column column = columns.get(c);
      if (!table.names().contains(column.name())) {
        continue;
      }
      double[] raw = raw(table.column(column.name()), column.shares());
      for (int row = 0; row < rows.length; row++) {
        rows[row][c] =
            Double.isFinite(raw[row]) ? (raw[row] - column.mean()) / column.deviation() : 0;
      }
    }
    return rows;
  }

  private static double[] raw(Table.Column column, @Nullable Map<String, Double> shares) {
    return switch (column) {
      case Table.Numbers numbers -> numbers.values();
      case Table.Categories categories -> {
        Map<String, Double> known = shares == null ? Map.of() : shares;
        double[] raw = new double[categories.rows()];
        for (int row = 0; row < raw.length; row++) {
          String value = categories.values()[row];
          raw[row] = value == null ? Double.NaN : known.getOrDefault(value, 0.0);
        }
        yield raw;
      }
    };
  }

  private static Map<String, Double> shares(@Nullable String[] values) {
    Map<String, Double> shares = new HashMap<>();
    for (String value : values) {
      if (value != null) {
        shares.merge(value, 1.0 / values.length, Double::sum);
      }
    }
    return shares;
  }
}
