package io.millrace.activities.data;

import java.util.Arrays;

/** Tells how many of some keys are different: a hash table with linear probing. */
final class DifferentKeys {
  /** Of 2^64 divided by the golden ratio: spreads what is close together (Knuth, volume 3, 6.4). */
  private static final long SPREAD = 0x9e3779b97f4a7c15L;

  private final long[] table;
  private int shift;
  private int mask;
  private int size;
  private boolean zero;

  /**
   * @param most keys that are added after each {@link #clear}
   */
  DifferentKeys(int most) {
    table = new long[capacity(most)];
  }

  /** At most two thirds are taken. */
  private static int capacity(int keys) {
    return Math.max(2, Integer.highestOneBit(Math.max(1, keys + keys / 2)) << 1);
  }

  /**
   * Forgets all.
   *
   * @param keys that are added at most
   */
  void clear(int keys) {
    int capacity = capacity(keys);
    Arrays.fill(table, 0, capacity, 0);
    mask = capacity - 1;
    shift = Long.numberOfLeadingZeros(mask);
    size = 0;
    zero = false;
  }

  void add(long key) {
    if (key == 0) {
      size += zero ? 0 : 1;
      zero = true;
      return;
    }
    int at = (int) ((key * SPREAD) >>> shift);
    while (table[at] != 0) {
      if (table[at] == key) {
        return;
      }
      at = at + 1 & mask;
    }
    table[at] = key;
    size++;
  }

  int size() {
    return size;
  }
}
