package io.millrace.inference.profile;

import java.util.Arrays;
import java.util.function.LongConsumer;

/**
 * A KLL quantile sketch (Karnin, Lang, Liberty: Optimal quantile approximation in streams, 2016) of
 * finite doubles. Level {@code h} holds values that stand for {@code 2^h} rows each; a full level
 * is sorted and every other value of it moves up.
 *
 * <p>DataSketches' own KLL tosses its coins from one unseeded random shared by all threads, so that
 * equal rows give unequal bytes. Here the coin is a hash of the values that are compacted: equal
 * rows in equal order give an equal sketch. Not thread-safe.
 */
final class QuantileSketch {
  /** 0.24 % rank error; up to about 6,000 values are kept as they are. */
  static final int K = 2048;

  private static final int LEAST_CAPACITY = 8;

  /** Of level 0 above which there are others: many values are sorted at once for little each. */
  private static final int LEAST_AT_ONCE = 512;

  private static final int MAX_LEVELS = 60;

  private double[][] levels = {new double[64]};
  private int[] sizes = {0};
  private long count;
  private int held;
  private int room = room(1);
  private int[] capacities = capacities(1);

  long count() {
    return count;
  }

  int levels() {
    return sizes.length;
  }

  /** Values of a level; sorted above level 0. */
  double[] level(int h) {
    return Arrays.copyOf(levels[h], sizes[h]);
  }

  /** How far a rank may be off, 99 % of the time; 0 as long as every value is held. */
  double rankError() {
    // the single-sided error that Apache DataSketches publishes for KLL of this k
    return sizes.length == 1 ? 0 : 2.296 / Math.pow(K, 0.9021);
  }

  void add(double value) {
    append(0, value);
    count++;
    if (held > room) {
      compress();
    }
  }

  /** The same sketch as one value after the other gives. */
  void addAll(double[] values, int size) {
    int done = 0;
    while (done < size) {
      int some = Math.min(size - done, room - held + 1);
      int had = sizes[0];
      if (had + some > levels[0].length) {
        levels[0] = Arrays.copyOf(levels[0], Math.max(had + some, 2 * levels[0].length));
      }
      System.arraycopy(values, done, levels[0], had, some);
      sizes[0] += some;
      held += some;
      count += some;
      done += some;
      if (held > room) {
        compress();
      }
    }
  }

  /** Adds a value that so many rows have, as few values of greater weight. */
  void add(double value, long times) {
    for (int h = 0; times >> h != 0; h++) {
      if ((times >> h & 1) == 1) {
        mergeLevel(h, new double[] {value}, 1);
      }
    }
    count += times;
    while (held > room) {
      compress();
    }
  }

  void merge(QuantileSketch other) {
    for (int h = 0; h < other.sizes.length; h++) {
      mergeLevel(h, other.levels[h], other.sizes[h]);
    }
    count += other.count;
    while (held > room) {
      compress();
    }
  }

  /** Adds values that stand for {@code 2^h} rows each, as read from a file. */
  void load(int h, double[] values) {
    mergeLevel(h, values, values.length);
    count += (long) values.length << h;
  }

  QuantileSketch copy() {
    QuantileSketch copy = new QuantileSketch();
    copy.levels = new double[levels.length][];
    for (int h = 0; h < levels.length; h++) {
      copy.levels[h] = Arrays.copyOf(levels[h], Math.max(8, sizes[h]));
    }
    copy.sizes = sizes.clone();
    copy.count = count;
    copy.held = held;
    copy.room = room;
    copy.capacities = capacities;
    return copy;
  }

  private void append(int h, double value) {
    if (sizes[h] == levels[h].length) {
      levels[h] = Arrays.copyOf(levels[h], sizes[h] * 2);
    }
    levels[h][sizes[h]++] = value;
    held++;
  }

  private void mergeLevel(int h, double[] values, int size) {
    grow(h + 1);
    int had = sizes[h];
    if (levels[h].length < had + size) {
      levels[h] = Arrays.copyOf(levels[h], had + size);
    }
    if (h == 0 || had == 0) {
      System.arraycopy(values, 0, levels[h], had, size);
    } else {
      zip(levels[h], had, values, size);
    }
    sizes[h] += size;
    held += size;
  }

  /** Merges two ascending runs into the first's array, from the back. */
  private static void zip(double[] into, int had, double[] values, int size) {
    int a = had - 1;
    int b = size - 1;
    for (int at = had + size - 1; b >= 0; at--) {
      into[at] = a >= 0 && into[a] > values[b] ? into[a--] : values[b--];
    }
  }

  private void grow(int wanted) {
    int had = sizes.length;
    if (wanted <= had) {
      return;
    }
    levels = Arrays.copyOf(levels, wanted);
    sizes = Arrays.copyOf(sizes, wanted);
    for (int h = had; h < wanted; h++) {
      levels[h] = new double[8];
    }
    room = room(wanted);
    capacities = capacities(wanted);
  }

  /** Halves the lowest level that is full; some level is, as together they are over their room. */
  private void compress() {
    int h = 0;
    while (sizes[h] < capacities[h]) {
      h++;
    }
    if (h == MAX_LEVELS) {
      throw new IllegalStateException("more than 2^60 rows");
    }
    grow(h + 2);
    double[] values = levels[h];
    int size = sizes[h];
    if (h == 0) {
      FiniteSort.sort(values, size);
    }
    // an odd value stays behind, so that the weights always add up to the count
    int first = size & 1;
    int coin = coin(values, size, h);
    int moved = (size - first) / 2;
    double[] half = new double[moved];
    for (int i = 0; i < moved; i++) {
      half[i] = values[first + 2 * i + coin];
    }
    sizes[h] = first;
    held -= size - first;
    mergeLevel(h + 1, half, moved);
  }

  private static int coin(double[] values, int size, int level) {
    long[] state = {size * 31L + level};
    LongConsumer mix =
        bits -> {
          // the finisher of SplitMix64
          long z = state[0] ^ bits;
          z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
          z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
          state[0] = z ^ (z >>> 31);
        };
    for (int i = 0; i < size; i += 1 + size / 16) {
      mix.accept(Double.doubleToLongBits(values[i]) + i);
    }
    return (int) (state[0] & 1);
  }

  /** Of each level; asked for at every compaction, which a power is too dear for. */
  private static int[] capacities(int levels) {
    int[] capacities = new int[levels];
    Arrays.setAll(capacities, h -> capacity(h, levels));
    return capacities;
  }

  private static int capacity(int h, int levels) {
    return Math.max(
        h == 0 ? LEAST_AT_ONCE : LEAST_CAPACITY,
        (int) Math.ceil(K * Math.pow(2.0 / 3, (double) levels - 1 - h)));
  }

  private static int room(int levels) {
    // one level may hold three times its share before anything is lost: small columns stay exact
    if (levels == 1) {
      return 3 * K;
    }
    int room = 0;
    for (int h = 0; h < levels; h++) {
      room += capacity(h, levels);
    }
    return Math.max(room, 3 * K);
  }
}
