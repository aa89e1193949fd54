package io.millrace.workflows.rollout;

import io.millrace.workflows.port.deploy.DeployActivities.ErrorCounts;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Arithmetic on {@link ErrorCounts}; each is off by at most a bucket, 19 %. */
public final class ErrorBuckets {
  private static final double PER_DOUBLING = 4;
  private static final int FIRST = -128;
  private static final int LAST = 255;

  private ErrorBuckets() {}

  /**
   * Counts rows.
   *
   * @param errors absolute ones, in the target's unit; what is no number is as far off as can be
   */
  public static ErrorCounts of(double[] errors) {
    long[] counts = new long[LAST - FIRST + 1];
    int first = LAST;
    int last = FIRST;
    for (double error : errors) {
      int bucket = bucket(error);
      counts[bucket - FIRST]++;
      first = Math.min(first, bucket);
      last = Math.max(last, bucket);
    }
    List<Long> kept = new ArrayList<>();
    for (int bucket = first; bucket <= last; bucket++) {
      kept.add(counts[bucket - FIRST]);
    }
    return new ErrorCounts(kept.isEmpty() ? 0 : first, kept);
  }

  static int bucket(double error) {
    if (!Double.isFinite(error)) {
      return LAST;
    }
    double at = Math.floor(StrictMath.log(error) / StrictMath.log(2) * PER_DOUBLING);
    return (int) Math.max(FIRST, Math.min(LAST, at));
  }

  static long total(@Nullable ErrorCounts counts) {
    return counts == null ? 0 : CountedBuckets.total(counts.counts());
  }

  /** Mean absolute error; NaN of none. */
  static double mean(@Nullable ErrorCounts counts) {
    if (counts == null) {
      return Double.NaN;
    }
    double sum = 0;
    for (int i = 0; i < counts.counts().size(); i++) {
      int bucket = counts.first() + i;
      double middle = bucket == FIRST ? 0 : StrictMath.pow(2, (bucket + 0.5) / PER_DOUBLING);
      sum += counts.counts().get(i) * middle;
    }
    return sum / total(counts);
  }

  /** The bucket below whose end lies this share of the rows. @param share 0..1 */
  static int quantile(ErrorCounts counts, double share) {
    return CountedBuckets.quantile(counts.first(), counts.counts(), share);
  }

  /** Where a bucket ends, in the target's unit. */
  static double end(int bucket) {
    return StrictMath.pow(2, (bucket + 1) / PER_DOUBLING);
  }

  /** Rows in later buckets. */
  static long above(@Nullable ErrorCounts counts, int bucket) {
    long above = 0;
    for (int i = 0; counts != null && i < counts.counts().size(); i++) {
      above += counts.first() + i > bucket ? counts.counts().get(i) : 0;
    }
    return above;
  }
}
