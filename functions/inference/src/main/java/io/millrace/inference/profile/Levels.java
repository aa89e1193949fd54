package io.millrace.inference.profile;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.apache.datasketches.frequencies.ErrorType;
import org.apache.datasketches.frequencies.FrequentItemsSketch;
import org.apache.datasketches.hll.HllSketch;
import org.apache.datasketches.hll.HllUnion;
import org.apache.datasketches.hll.TgtHllType;
import org.jspecify.annotations.Nullable;

/**
 * Counts of texts: exact up to {@link #EXACT} distinct ones, then a frequent-items sketch with a
 * HyperLogLog beside it for the number of distinct ones. Not thread-safe.
 */
final class Levels {
  static final int EXACT = 1_000;

  /** Counts of a sketch are too low by at most 3.5 / this of the rows. */
  private static final int MAP = 4_096;

  /** 1.6 % standard error of the number of distinct texts, 2 KB. */
  private static final int LG_K = 12;

  /** Longer texts are told apart by their hash; a free text must not fill the profile. */
  private static final int LONGEST = 256;

  private final Map<String, Count> exact = new HashMap<>();
  private @Nullable Sketches sketches;
  private long count;

  /** A counter that is changed in place: one look-up per value. */
  private static final class Count {
    long value;
  }

  private static final class Sketches {
    final FrequentItemsSketch<String> frequent = new FrequentItemsSketch<>(MAP);
    final HllUnion distinct = new HllUnion(LG_K);
    long error;
  }

  long count() {
    return count;
  }

  boolean isExact() {
    return sketches == null;
  }

  void add(String text) {
    add(text, 1);
  }

  /** A text that several rows have. */
  void add(String text, long times) {
    put(text.length() <= LONGEST ? text : shortened(text), times);
  }

  private void put(String text, long times) {
    count = Math.addExact(count, times);
    if (sketches == null) {
      exact.computeIfAbsent(text, t -> new Count()).value += times;
      if (exact.size() > EXACT) {
        sketch();
      }
    } else {
      sketches.frequent.update(text, times);
      sketches.distinct.update(text);
    }
  }

  /** Moves to sketches, in the order of the texts so that equal rows give equal bytes. */
  private Sketches sketch() {
    Sketches made = sketches;
    if (made == null) {
      made = new Sketches();
      for (Map.Entry<String, Count> level : new TreeMap<>(exact).entrySet()) {
        made.frequent.update(level.getKey(), level.getValue().value);
        made.distinct.update(level.getKey());
      }
      exact.clear();
      sketches = made;
    }
    return made;
  }

  void merge(Levels other) {
    Sketches theirs = other.sketches;
    if (theirs == null) {
      for (Map.Entry<String, Count> level : new TreeMap<>(other.exact).entrySet()) {
        put(level.getKey(), level.getValue().value);
      }
      return;
    }
    Sketches ours = sketch();
    // in the order of the texts: the sketch's own merge walks its hash table
    theirs(theirs).forEach((text, times) -> ours.frequent.update(text, times));
    ours.error = Math.addExact(ours.error, other.error());
    ours.distinct.update(theirs.distinct.getResult(TgtHllType.HLL_8));
    count = Math.addExact(count, other.count);
  }

  Levels copy() {
    Levels copy = new Levels();
    copy.merge(this);
    return copy;
  }

  /** By text; at least so many rows each, all of them when {@link #isExact}. */
  TreeMap<String, Long> counts() {
    if (sketches != null) {
      return theirs(sketches);
    }
    TreeMap<String, Long> counts = new TreeMap<>();
    exact.forEach((text, times) -> counts.put(text, times.value));
    return counts;
  }

  private static TreeMap<String, Long> theirs(Sketches sketches) {
    TreeMap<String, Long> counts = new TreeMap<>();
    for (FrequentItemsSketch.Row<String> row :
        sketches.frequent.getFrequentItems(0, ErrorType.NO_FALSE_NEGATIVES)) {
      if (row.getLowerBound() > 0) {
        counts.put(row.getItem(), row.getLowerBound());
      }
    }
    return counts;
  }

  /** A count is too low by at most this. */
  long error() {
    return sketches == null ? 0 : sketches.error + sketches.frequent.getMaximumError();
  }

  double distinct() {
    return sketches == null ? exact.size() : sketches.distinct.getEstimate();
  }

  byte[] distinctBytes() {
    return sketch().distinct.getResult(TgtHllType.HLL_8).toCompactByteArray();
  }

  /** What {@link #counts} gave of an exact one. */
  static Levels exact(Map<String, Long> counts) {
    Levels levels = new Levels();
    counts.forEach(levels::add);
    return levels;
  }

  /** What {@link #counts}, {@link #error}, {@link #count} and {@link #distinctBytes} gave. */
  static Levels sketched(Map<String, Long> counts, long error, long count, HllSketch distinct) {
    Levels levels = new Levels();
    Sketches made = levels.sketch();
    counts.forEach((text, times) -> made.frequent.update(text, times));
    made.error = error;
    made.distinct.update(distinct);
    levels.count = count;
    return levels;
  }

  private static String shortened(String text) {
    long hash = 0xcbf29ce484222325L;
    for (int i = 0; i < text.length(); i++) {
      hash = (hash ^ text.charAt(i)) * 0x100000001b3L; // FNV-1a
    }
    return text.substring(0, LONGEST - 20) + "…#" + Long.toHexString(hash);
  }
}
