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
 * DLE of values), each table scored by the served model: the mean of what it does at either end,
 *
 * <ul>
 *   <li>to the window: its estimate, less that of its rows with the column moved onto the reference
 *       ({@link ColumnSwap}),
 *   <li>to the reference: the estimate of its rows with the column moved onto the window, less
 *       theirs.
 * </ul>
 *
 * These are the first and the last term of the column's Shapley value (Budhathoki et al. 2021, Why
 * did the distribution change?), which has one for each order of columns; so the effects of columns
 * that work together add up roughly. Like every estimate without labels it takes equal rows to have
 * equal outcomes still.
 */
public final class ColumnImpact {
  private static final long SEED = 20_231;

  private ColumnImpact() {}

  /**
   * @param window rows, a bounded sample
   * @param reference held-out rows of the same columns, a bounded sample
   * @param columns that are moved in turn; names the rows have not are left out
   * @param estimate of some rows and their scores; empty when there is none
   * @param progress told each column
   * @return by column; empty when nothing can be estimated
   */
  public static Map<String, Double> of(
      Table window,
      Table reference,
      List<String> columns,
      ServedScores model,
      BiFunction<Table, double[], OptionalDouble> estimate,
      Consumer<String> progress) {
    Map<String, Double> impacts = new TreeMap<>();
    if (window.rows() == 0 || reference.rows() == 0) {
      return impacts;
    }
    OptionalDouble now = score(window, model, estimate);
    OptionalDouble before = score(reference, model, estimate);
    if (now.isEmpty() || before.isEmpty()) {
      return impacts;
    }
    for (String column : columns) {
      if (window.names().contains(column)) {
        progress.accept(column);
        OptionalDouble back =
            score(ColumnSwap.of(window, reference, column, SEED), model, estimate);
        OptionalDouble forth =
            score(ColumnSwap.of(reference, window, column, SEED), model, estimate);
        if (back.isPresent() && forth.isPresent()) {
          impacts.put(
              column,
              (now.getAsDouble() - back.getAsDouble() + forth.getAsDouble() - before.getAsDouble())
                  / 2);
        }
      }
    }
    return impacts;
  }

  private static OptionalDouble score(
      Table rows, ServedScores model, BiFunction<Table, double[], OptionalDouble> estimate) {
    return estimate.apply(rows, model.of(rows));
  }
}
