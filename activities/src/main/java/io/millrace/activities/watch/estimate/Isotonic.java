package io.millrace.activities.watch.estimate;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * The non-decreasing function of a score that is nearest to what came true, by pooling adjacent
 * violators (Ayer et al. 1955; for probabilities Zadrozny and Elkan 2002). Between two steps it is
 * interpolated, outside of what was seen it stays level, as scikit-learn's with {@code clip}.
 * Immutable.
 */
final class Isotonic {
  private final double[] at;
  private final double[] value;

  private Isotonic(double[] at, double[] value) {
    this.at = at;
    this.value = value;
  }

  /**
   * Fits, each row as often as its count says.
   *
   * @param scores finite, at least one with a count
   * @param truth 0..1 for each score
   * @param order of the scores, ascending
   */
  static Isotonic fit(double[] scores, double[] truth, int[] counts, int[] order) {
    double[] low = new double[scores.length];
    double[] high = new double[scores.length];
    double[] sum = new double[scores.length];
    double[] weight = new double[scores.length];
    int blocks = 0;
    for (int i : order) {
      if (counts[i] == 0) {
        continue;
      }
      boolean tied = blocks > 0 && high[blocks - 1] == scores[i];
      if (tied && low[blocks - 1] == scores[i]) {
        blocks--;
      } else {
        low[blocks] = scores[i];
        sum[blocks] = 0;
        weight[blocks] = 0;
      }
      high[blocks] = scores[i];
      sum[blocks] += truth[i] * counts[i];
      weight[blocks++] += counts[i];
    }
    int kept = 0;
    for (int b = 0; b < blocks; b++) {
      low[kept] = low[b];
      high[kept] = high[b];
      sum[kept] = sum[b];
      weight[kept++] = weight[b];
      while (kept > 1 && sum[kept - 2] * weight[kept - 1] >= sum[kept - 1] * weight[kept - 2]) {
        high[kept - 2] = high[kept - 1];
        sum[kept - 2] += sum[kept - 1];
        weight[kept - 2] += weight[kept - 1];
        kept--;
      }
    }
    double[] at = new double[2 * kept];
    double[] value = new double[2 * kept];
    for (int b = 0; b < kept; b++) {
      at[2 * b] = low[b];
      at[2 * b + 1] = high[b];
      value[2 * b] = sum[b] / weight[b];
      value[2 * b + 1] = value[2 * b];
    }
    return new Isotonic(at, value);
  }

  /** Indices of the scores, ascending. */
  static int[] order(double[] scores) {
    return IntStream.range(0, scores.length)
        .boxed()
        .sorted(Comparator.comparingDouble(i -> scores[i]))
        .mapToInt(Integer::intValue)
        .toArray();
  }

  /** The function at a score, 0..1. */
  double value(double score) {
    int found = Arrays.binarySearch(at, score);
    if (found >= 0) {
      return value[found];
    }
    int next = -found - 1;
    if (next == 0) {
      return value[0];
    }
    if (next == at.length) {
      return value[next - 1];
    }
    double share = (score - at[next - 1]) / (at[next] - at[next - 1]);
    return value[next - 1] + share * (value[next] - value[next - 1]);
  }
}
