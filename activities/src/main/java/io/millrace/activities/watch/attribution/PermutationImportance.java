package io.millrace.activities.watch.attribution;

import io.millrace.activities.dataset.Table;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * How much the model goes by each column: what a row's answer loses when the column's value is that
 * of another row (Breiman 2001, Random Forests; model-agnostic Fisher, Rudin and Dominici 2019).
 * With labels the loss is the squared error of the score against what came true; without, it is how
 * far the score moves. Seeded.
 */
final class PermutationImportance {
  private static final long SEED = 7_919;

  private PermutationImportance() {}

  /**
   * @param truth what came true, one for each row, on the scale of scores; null without labels
   * @return {@code (columns, rows)}: a row's loss by each column; the mean over rows is the
   *     column's importance
   */
  static double[][] losses(Table rows, double @Nullable [] truth, ServedScores model) {
    double[] scores = model.of(rows);
    List<String> names = rows.names();
    double[][] losses = new double[names.size()][];
    SplittableRandom random = new SplittableRandom(SEED);
    for (int c = 0; c < losses.length; c++) {
      int[] order = shuffled(rows.rows(), random.split());
      double[] moved = model.of(permuted(rows, names.get(c), order));
      double[] loss = new double[moved.length];
      for (int row = 0; row < loss.length; row++) {
        loss[row] =
            truth == null
                ? Math.abs(moved[row] - scores[row])
                : squared(moved[row] - truth[row]) - squared(scores[row] - truth[row]);
      }
      losses[c] = loss;
    }
    return losses;
  }

  /** Means over rows; what is below 0 is chance, and counts as 0. */
  static double[] means(double[][] losses) {
    return Arrays.stream(losses)
        .mapToDouble(loss -> Math.max(0, Arrays.stream(loss).average().orElse(0)))
        .toArray();
  }

  private static double squared(double x) {
    return x * x;
  }

  private static int[] shuffled(int size, SplittableRandom random) {
    int[] order = new int[size];
    for (int i = 0; i < size; i++) {
      int at = random.nextInt(i + 1);
      order[i] = order[at];
      order[at] = i;
    }
    return order;
  }

  private static Table permuted(Table rows, String name, int[] order) {
    List<Table.Column> columns = new ArrayList<>();
    for (String other : rows.names()) {
      Table.Column column = rows.column(other);
      columns.add(
          !other.equals(name)
              ? column
              : switch (column) {
                case Table.Numbers numbers ->
                    new Table.Numbers(
                        name, Arrays.stream(order).mapToDouble(i -> numbers.values()[i]).toArray());
                case Table.Categories categories -> {
                  @Nullable String[] values = new @Nullable String[order.length];
                  Arrays.setAll(values, i -> categories.values()[order[i]]);
                  yield new Table.Categories(name, values);
                }
              });
    }
    return new Table(rows.rows(), columns);
  }
}
