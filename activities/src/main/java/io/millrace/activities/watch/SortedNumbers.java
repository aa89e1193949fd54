package io.millrace.activities.watch;

/** Ranks in a column whose numbers ascend. */
public final class SortedNumbers {
  private SortedNumbers() {}

  /**
   * How many numbers are below x; {@link java.util.Arrays#binarySearch} picks any of equal ones.
   */
  public static int below(double[] sorted, double x) {
    int low = 0;
    int high = sorted.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (sorted[middle] < x) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
