package io.millrace.activities.watch;

import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Adjusts p-values of many columns: calling drift where the adjusted value is at most q keeps the
 * expected share of false calls among the calls at q (Benjamini and Hochberg 1995): {@code adjusted
 * p_(i) = min over j >= i of p_(j) k / j}.
 */
public final class BenjaminiHochberg {
  private BenjaminiHochberg() {}

  /**
   * @param pValues null where a test could not be computed; those do not count
   * @return in the same order, null where the input is
   * @throws IllegalArgumentException for a p-value outside of 0..1: one NaN would silence all
   */
  public static List<@Nullable Double> adjust(List<@Nullable Double> pValues) {
    for (Double p : pValues) {
      if (p != null && !(p >= 0 && p <= 1)) {
        throw new IllegalArgumentException("p-value: " + p + " (expected: 0..1)");
      }
    }
    int[] order =
        IntStream.range(0, pValues.size())
            .filter(i -> pValues.get(i) != null)
            .boxed()
            .sorted((a, b) -> Double.compare(value(pValues, b), value(pValues, a)))
            .mapToInt(Integer::intValue)
            .toArray();
    @Nullable Double[] adjusted = new @Nullable Double[pValues.size()];
    double least = 1;
    for (int rank = order.length; rank >= 1; rank--) {
      int i = order[order.length - rank];
      least = Math.min(least, value(pValues, i) * order.length / rank);
      adjusted[i] = least;
    }
    return java.util.Collections.unmodifiableList(java.util.Arrays.asList(adjusted));
  }

  private static double value(List<@Nullable Double> pValues, int i) {
    return Objects.requireNonNull(pValues.get(i));
  }
}
