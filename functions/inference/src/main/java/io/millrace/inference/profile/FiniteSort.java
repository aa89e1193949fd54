package io.millrace.inference.profile;

import java.util.Arrays;

/**
 * Sorts finite doubles into the order that {@link Arrays#sort(double[])} gives, several times as
 * fast for the thousand or so that a sketch compacts at once.
 *
 * <p>Two counting passes put the values in the order of the leading bits of their place between the
 * least and the greatest, as many bits as there are about {@code size²} places; an insertion pass
 * mends what shares one. Where values crowd so that this would take long, the library's sort goes
 * on.
 */
final class FiniteSort {
  /** Fewer are sorted by comparing. */
  private static final int LEAST = 128;

  private static final int MOST_BITS = 11;

  /** Moves of the insertion pass for each value, beyond which comparing is faster. */
  private static final int MOVES = 8;

  private FiniteSort() {}

  /**
   * @param values the first {@code size} are sorted; finite
   */
  static void sort(double[] values, int size) {
    if (size < LEAST) {
      Arrays.sort(values, 0, size);
      return;
    }
    long[] keys = new long[size];
    long least = Long.MAX_VALUE;
    long greatest = Long.MIN_VALUE;
    for (int i = 0; i < size; i++) {
      long bits = Double.doubleToRawLongBits(values[i]);
      // of negative numbers the greater bits are the lesser value
      long key = bits ^ ((bits >> 63) & Long.MAX_VALUE);
      keys[i] = key;
      least = Math.min(least, key);
      greatest = Math.max(greatest, key);
    }
    if (least == greatest) {
      return;
    }
    int digit = Math.min(MOST_BITS, 32 - Integer.numberOfLeadingZeros(size - 1));
    // the difference may take all 64 bits: it is unsigned from here on
    int shift = Math.max(0, 64 - Long.numberOfLeadingZeros(greatest - least) - 2 * digit);
    int[] low = new int[1 << digit];
    int[] high = new int[1 << digit];
    int mask = (1 << digit) - 1;
    for (int i = 0; i < size; i++) {
      int place = (int) ((keys[i] - least) >>> shift);
      low[place & mask]++;
      high[place >>> digit]++;
    }
    long[] half = new long[size];
    begin(low);
    begin(high);
    for (int i = 0; i < size; i++) {
      half[low[(int) ((keys[i] - least) >>> shift) & mask]++] = keys[i];
    }
    for (int i = 0; i < size; i++) {
      keys[high[(int) ((half[i] - least) >>> shift) >>> digit]++] = half[i];
    }
    if (shift > 0 && !mended(keys, size)) {
      Arrays.sort(keys);
    }
    for (int i = 0; i < size; i++) {
      long key = keys[i];
      values[i] = Double.longBitsToDouble(key ^ ((key >> 63) & Long.MAX_VALUE));
    }
  }

  /** From counts to where each begins. */
  private static void begin(int[] counts) {
    int sum = 0;
    for (int i = 0; i < counts.length; i++) {
      int count = counts[i];
      counts[i] = sum;
      sum += count;
    }
  }

  /** False when it would take too long; the keys are all there then, in some order. */
  private static boolean mended(long[] keys, int size) {
    long moves = (long) MOVES * size;
    for (int i = 1; i < size; i++) {
      long key = keys[i];
      int at = i;
      while (at > 0 && keys[at - 1] > key) {
        keys[at] = keys[at - 1];
        at--;
      }
      keys[at] = key;
      moves -= i - at;
      if (moves < 0) {
        return false;
      }
    }
    return true;
  }
}
