package io.millrace.activities.train;

import io.millrace.inference.model.Encoding;
import java.util.Set;

/**
 * How a family wants columns to become inputs; what the encodings say is then learned on the
 * training split.
 *
 * @param bins inputs of a number column at most; 0 standardises it to one
 * @param oneHot levels up to which a category column is one-hot; one of more is an {@link
 *     Encoding.Index}
 * @param levels of an indexed column that are kept, the most frequent ones
 * @param indexed category columns that are indexed however few their levels
 * @param together whether standardised numbers share one mean and one scale, as pixels do; a
 *     missing one is then the mean
 * @param raw whether numbers stay as they are, NaN where one is missing, and indexed levels are in
 *     the order of their frequency
 */
public record EncodingPlan(
    int bins, int oneHot, int levels, Set<String> indexed, boolean together, boolean raw) {
  /** Kept of a one-hot column; the levels beyond are "other". */
  static final int MOST_ONE_HOT = 200;

  public EncodingPlan {
    indexed = Set.copyOf(indexed);
    if (bins < 0 || oneHot < 0 || levels < 1 || levels > Encoding.Index.MOST) {
      throw new IllegalArgumentException(
          "bins, oneHot, levels: "
              + bins
              + ", "
              + oneHot
              + ", "
              + levels
              + " (expected: >= 0, >= 0, 1.."
              + Encoding.Index.MOST
              + ")");
    }
  }

  /** Piecewise-linear numbers, and every category one-hot. */
  public static EncodingPlan oneHot(int bins) {
    return new EncodingPlan(bins, Integer.MAX_VALUE, MOST_ONE_HOT, Set.of(), false, false);
  }

  /** Piecewise-linear numbers, and an index for a category of more than {@code oneHot} levels. */
  public static EncodingPlan indexed(int bins, int oneHot, int levels, Set<String> always) {
    return new EncodingPlan(bins, oneHot, levels, always, false, false);
  }

  /** Numbers standardised by the mean and the scale of all of them. */
  public static EncodingPlan alike() {
    return new EncodingPlan(0, Integer.MAX_VALUE, MOST_ONE_HOT, Set.of(), true, false);
  }

  /** For models that split: numbers as they are, an index beyond {@code oneHot} levels. */
  public static EncodingPlan raw(int oneHot) {
    return new EncodingPlan(0, oneHot, Encoding.Index.MOST, Set.of(), false, true);
  }

  EncodingPlan withBins(int fewer) {
    return new EncodingPlan(fewer, oneHot, levels, indexed, together, raw);
  }
}
