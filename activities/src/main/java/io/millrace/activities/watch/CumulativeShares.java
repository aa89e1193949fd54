package io.millrace.activities.watch;

import io.millrace.inference.profile.NumberProfile;

/** Two columns' cumulative shares side by side, walked once: what a sketch holds is sorted. */
final class CumulativeShares {
  /** Between two neighbouring values of either side. */
  @FunctionalInterface
  interface Step {
    /**
     * @param reference share of the reference at or below {@code from}
     * @param current the same of the current side
     * @param from a value that either side holds
     * @param to the next one; {@code from} again at the last
     */
    void take(double reference, double current, double from, double to);
  }

  private CumulativeShares() {}

  /** Takes every step, ascending; both sides have values. */
  static void walk(NumberProfile reference, NumberProfile current, Step step) {
    double[] a = reference.values();
    double[] b = current.values();
    double[] before = reference.shares();
    double[] now = current.shares();
    double f = 0;
    double g = 0;
    int i = 0;
    int j = 0;
    while (i < a.length || j < b.length) {
      double x = j == b.length || (i < a.length && a[i] <= b[j]) ? a[i] : b[j];
      while (i < a.length && a[i] == x) {
        f = before[i++];
      }
      while (j < b.length && b[j] == x) {
        g = now[j++];
      }
      double next =
          i < a.length && (j == b.length || a[i] <= b[j]) ? a[i] : j < b.length ? b[j] : x;
      step.take(f, g, x, next);
    }
  }
}
