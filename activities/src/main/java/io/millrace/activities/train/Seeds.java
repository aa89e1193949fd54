package io.millrace.activities.train;

import java.util.SplittableRandom;

/** Random numbers as pure functions of the seed and a position, so that none needs saving. */
public final class Seeds {
  private Seeds() {}

  /** A seed for position {@code n}; the finaliser of SplitMix64 (Steele et al. 2014). */
  public static long mix(long seed, long n) {
    long z = seed * 0x9E3779B97F4A7C15L + n + 0x632BE59BD9B4E019L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  /** The order of rows in an epoch: a uniform permutation of 0..n-1 (Fisher-Yates). */
  public static long[] permutation(int n, long seed, int epoch) {
    SplittableRandom random = new SplittableRandom(mix(seed, epoch));
    long[] order = new long[n];
    for (int i = 0; i < n; i++) {
      order[i] = i;
    }
    for (int i = n - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      long swapped = order[i];
      order[i] = order[j];
      order[j] = swapped;
    }
    return order;
  }
}
