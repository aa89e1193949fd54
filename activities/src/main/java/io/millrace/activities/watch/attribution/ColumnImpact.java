package io.millrace.activities.watch.attribution;

import io.millrace.activities.dataset.Table;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.Consumer;

/**
 * How much each column's drift changes a metric that is estimated without labels (CBPE of classes,
 * DLE of values): the estimate for the window's rows, less the estimate for the same rows with that
 * column moved onto its reference ({@link ColumnSwap}), each scored by the served model.
 *
 * <p>Columns are moved one at a time, so that the effects of columns that work together do not add
 * up. Like every estimate without labels it takes equal rows to have equal outcomes still.
 */
public final class ColumnImpact {
  private static final long SEED = 20_231;

  private ColumnImpact() {}

  /**
   * @param rows of the window, a bounded sample
   * @param reference held-out rows of the same columns
   * @param columns that are moved in turn; names the rows have not are left out
   * @param estimate of some rows and their scores; empty when there is none
   * @param progress told each column
   * @return by column; empty when nothing can be estimated
   */
  public static Map<String, Double> of(
      Table rows,
      Table reference,
      List<String> columns,
      ServedScores model,
      BiFunction<Table, double[], OptionalDouble> estimate,
      Consumer<String> progress) {
    Map<String, Double> impacts = new TreeMap<>();
    OptionalDouble now = rows.rows() == 0 ? OptionalDouble.empty() : score(rows, model, estimate);
    if (now.isEmpty()) {
      return impacts;
    }
    for (String column : columns) {
      if (rows.names().contains(column)) {
        progress.accept(column);
        Table moved = ColumnSwap.of(rows, reference, column, SEED);
        score(moved, model, estimate)
            .ifPresent(then -> impacts.put(column, now.getAsDouble() - then));
      }
    }
    return impacts;
  }

  private static OptionalDouble score(
      Table rows, ServedScores model, BiFunction<Table, double[], OptionalDouble> estimate) {
    return estimate.apply(rows, model.of(rows));
  }
}
