package io.millrace.activities.metrics;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * How well scores order the rows of each user, measured on the rows that have a label: items nobody
 * rated count neither way. A user with one row has no order and is left out. Rows of equal score
 * share their ranks: each counts as the mean over all orders of the tie (McSherry and Najork 2008),
 * so the order of rows never matters.
 */
public final class Ranking {
  /** Ranks that count. */
  public static final int TOP = 10;

  private Ranking() {}

  /** Of one user. */
  private interface Measure {
    /**
     * @param labels in the order of {@code shares}
     * @param shares {@code (rows, TOP)}: chance of a row to stand at a rank
     */
    double of(double[] labels, double[][] shares);
  }

  /**
   * One user's value, and the row that stands for the user.
   *
   * @param row the user's first
   */
  public record PerUser(int row, double value) {}

  /**
   * Normalised discounted cumulative gain at {@value #TOP} (Järvelin and Kekäläinen 2002, the
   * discount being {@code 1 / log2(rank + 1)}): gain is the label, a negative one counts as 0.
   * Users all of whose labels are 0 or less have no order to find and are left out.
   */
  public static List<PerUser> ndcg(double[] labels, float[] scores, int[] groups) {
    return perUser(
        labels,
        scores,
        groups,
        (own, shares) -> {
          double[] best = own.clone();
          Arrays.sort(best);
          double ideal = 0;
          double gained = 0;
          for (int rank = 0; rank < Math.min(TOP, own.length); rank++) {
            double discount = Math.log(2) / Math.log(rank + 2);
            ideal += Math.max(0, best[best.length - 1 - rank]) * discount;
            for (int i = 0; i < own.length; i++) {
              gained += Math.max(0, own[i]) * shares[i][rank] * discount;
            }
          }
          return ideal > 0 ? gained / ideal : Double.NaN;
        });
  }

  /**
   * Share of the user's relevant rows that stand among the first {@value #TOP}. Users without a
   * relevant row are left out.
   *
   * @param relevant the least label that is
   */
  public static List<PerUser> recall(
      double[] labels, float[] scores, int[] groups, double relevant) {
    return perUser(
        labels,
        scores,
        groups,
        (own, shares) -> {
          double found = 0;
          int wanted = 0;
          for (int i = 0; i < own.length; i++) {
            if (own[i] >= relevant) {
              wanted++;
              found += Arrays.stream(shares[i]).sum();
            }
          }
          return wanted > 0 ? found / wanted : Double.NaN;
        });
  }

  /** The mean over users; NaN without any. */
  public static double mean(List<PerUser> users) {
    return users.stream().mapToDouble(PerUser::value).average().orElse(Double.NaN);
  }

  private static List<PerUser> perUser(
      double[] labels, float[] scores, int[] groups, Measure measure) {
    int count = Arrays.stream(groups).max().orElse(-1) + 1;
    int[] sizes = new int[count];
    for (int group : groups) {
      sizes[group]++;
    }
    int[][] rows = new int[count][];
    Arrays.setAll(rows, g -> new int[sizes[g]]);
    int[] filled = new int[count];
    for (int i = 0; i < groups.length; i++) {
      rows[groups[i]][filled[groups[i]]++] = i;
    }
    List<PerUser> users = new ArrayList<>();
    for (int[] own : rows) {
      if (own.length < 2) {
        continue;
      }
      Integer[] order = Arrays.stream(own).boxed().toArray(Integer[]::new);
      Arrays.sort(order, (a, b) -> Float.compare(scores[b], scores[a]));
      double[] ranked = Arrays.stream(order).mapToDouble(i -> labels[i]).toArray();
      double value = measure.of(ranked, shares(order, scores));
      if (Double.isFinite(value)) {
        users.add(new PerUser(own[0], value));
      }
    }
    return users;
  }

  private static double[][] shares(Integer[] order, float[] scores) {
    double[][] shares = new double[order.length][TOP];
    int from = 0;
    while (from < order.length) {
      int to = from + 1;
      while (to < order.length && scores[order[to]] == scores[order[from]]) {
        to++;
      }
      for (int i = from; i < to; i++) {
        for (int rank = from; rank < Math.min(to, TOP); rank++) {
          shares[i][rank] = 1.0 / (to - from);
        }
      }
      from = to;
    }
    return shares;
  }
}
