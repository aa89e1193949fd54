package io.millrace.activities.watch.attribution;

import io.millrace.activities.dataset.Table;
import io.millrace.activities.watch.Numbers;
import io.millrace.workflows.port.watch.WatchActivities.MultivariateVerdict;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Whether the model still goes by the same columns: their ranking by {@link PermutationImportance}
 * in the window against the one in held-out rows, by normalised discounted cumulative gain
 * (Järvelin and Kekäläinen 2002, as hosted monitors compare attributions).
 *
 * <p>With {@code a(j)} the importance in the reference and {@code j(1), j(2), …} the columns by
 * their importance in the window, {@code DCG = sum a(j(k)) / log2(k + 1)}, and NDCG is that over
 * the greatest possible, the reference's own order: 1 for the same ranking; columns that do little
 * change little. The p-value is the share of {@value #DRAWS} windows drawn from the held-out rows
 * whose NDCG is as low (seeded); it drifts when that is at most the level and NDCG is below its
 * threshold.
 */
public final class RankingDrift {
  /** Rows of a side that are looked at. */
  public static final int ROWS = 2_000;

  /** Fewer of a side say nothing. */
  public static final int LEAST_ROWS = 200;

  private static final int COLUMNS = 200;
  private static final int DRAWS = 199;
  private static final int NAMED = 3;
  private static final long SEED = 104_729;

  private RankingDrift() {}

  /**
   * Rows and, where all of them are labelled, what came true.
   *
   * @param truth one for each row, on the scale of scores; null without labels
   */
  public record Side(Table rows, double @Nullable [] truth) {}

  /**
   * @param least NDCG that is not drift, 0..1
   * @param level p-value up to which a difference counts
   * @return empty when a side has fewer than 200 rows, or there are fewer than two or more than 200
   *     columns, or the model goes by none
   */
  public static Optional<MultivariateVerdict> verdict(
      Side reference, Side window, ServedScores model, double least, double level) {
    List<String> names = reference.rows().names();
    if (reference.rows().rows() < LEAST_ROWS
        || window.rows().rows() < LEAST_ROWS
        || names.size() < 2
        || names.size() > COLUMNS) {
      return Optional.empty();
    }
    boolean labelled = reference.truth() != null && window.truth() != null;
    double[][] known =
        PermutationImportance.losses(reference.rows(), labelled ? reference.truth() : null, model);
    double[][] seen =
        PermutationImportance.losses(window.rows(), labelled ? window.truth() : null, model);
    double[] before = PermutationImportance.means(known);
    double[] now = PermutationImportance.means(seen);
    if (Arrays.stream(before).sum() == 0) {
      return Optional.empty();
    }
    double ndcg = ndcg(before, now);
    double p = chance(known, before, window.rows().rows(), ndcg);
    boolean drifted = p <= level && ndcg < least;
    String sentence =
        "What the model goes by %s: NDCG %s of the columns' ranking by %s, at least %s; most by %s%s (%s; %s rows against %s)."
            .formatted(
                drifted ? "has changed" : "is as it was",
                Numbers.shortly(ndcg),
                labelled ? "importance against labels" : "importance for its own scores",
                Numbers.shortly(least),
                first(names, now),
                first(names, now).equals(first(names, before))
                    ? ", as before"
                    : ", before by " + first(names, before),
                Numbers.p(p),
                Numbers.count(window.rows().rows()),
                Numbers.count(reference.rows().rows()));
    return Optional.of(
        new MultivariateVerdict(
            "attribution",
            1 - ndcg,
            1 - least,
            p,
            window.rows().rows(),
            reference.rows().rows(),
            drifted,
            sentence));
  }

  /** Of the order that {@code now} makes, with {@code before} as gains; 1 without gains. */
  static double ndcg(double[] before, double[] now) {
    double ideal = gain(before, order(before));
    return ideal == 0 ? 1 : gain(before, order(now)) / ideal;
  }

  private static double gain(double[] gains, List<Integer> order) {
    double sum = 0;
    for (int k = 0; k < order.size(); k++) {
      sum += gains[order.get(k)] * Math.log(2) / Math.log(k + 2);
    }
    return sum;
  }

  /** Greatest first; equal ones in the order of columns. */
  private static List<Integer> order(double[] importances) {
    return IntStream.range(0, importances.length)
        .boxed()
        .sorted(Comparator.comparingDouble((Integer c) -> importances[c]).reversed())
        .toList();
  }

  private static double chance(double[][] known, double[] before, int rows, double ndcg) {
    SplittableRandom random = new SplittableRandom(SEED);
    int size = known[0].length;
    int asLow = 0;
    for (int draw = 0; draw < DRAWS; draw++) {
      int[] times = new int[size];
      for (int i = 0; i < rows; i++) {
        times[random.nextInt(size)]++;
      }
      double[] drawn = new double[known.length];
      for (int c = 0; c < known.length; c++) {
        for (int row = 0; row < size; row++) {
          drawn[c] += times[row] * known[c][row];
        }
        drawn[c] = Math.max(0, drawn[c] / rows);
      }
      asLow += ndcg(before, drawn) <= ndcg ? 1 : 0;
    }
    return (1.0 + asLow) / (DRAWS + 1);
  }

  private static String first(List<String> names, double[] importances) {
    return order(importances).stream()
        .limit(NAMED)
        .map(names::get)
        .collect(Collectors.joining(", "));
  }
}
