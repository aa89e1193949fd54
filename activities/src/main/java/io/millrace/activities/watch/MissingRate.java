package io.millrace.activities.watch;

import org.apache.commons.math3.special.Erf;
import org.jspecify.annotations.Nullable;

/**
 * Whether values go missing more often than they did.
 *
 * <p>Significance is the one-sided pooled two-proportion z-test, {@code z = (q - p) / sqrt(r (1 -
 * r) (1/n + 1/m))}, r the pooled share. It is not enough by itself: over millions of rows a change
 * from 1.00 % to 1.05 % is significant and nobody's business. So the share must also have risen by
 * five points, or have at least doubled to above one percent.
 */
public final class MissingRate {
  private static final double POINTS = 0.05;
  private static final double LEAST = 0.01;

  private MissingRate() {}

  /**
   * @return p-value of a rise; null when a side has no rows
   */
  public static @Nullable Double pValue(
      long missingReference, long rowsReference, long missing, long rows) {
    if (rowsReference == 0 || rows == 0) {
      return null;
    }
    double p = (double) missingReference / rowsReference;
    double q = (double) missing / rows;
    double pooled = (double) (missingReference + missing) / (rowsReference + rows);
    double deviation = Math.sqrt(pooled * (1 - pooled) * (1.0 / rowsReference + 1.0 / rows));
    if (deviation == 0) {
      return 1.0;
    }
    return 0.5 * Erf.erfc((q - p) / deviation / Math.sqrt(2));
  }

  /** Whether a rise from {@code reference} to {@code current} (shares) is great enough to count. */
  public static boolean matters(double reference, double current) {
    return current - reference >= POINTS || (current > LEAST && current >= 2 * reference);
  }
}
