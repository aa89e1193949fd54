package io.millrace.workflows.rollout;

import io.millrace.workflows.port.deploy.DeployActivities.LatencyCounts;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Arithmetic on {@link LatencyCounts}; each is off by at most a bucket, 9 %. */
final class LatencyBuckets {
  private static final double PER_DOUBLING = 8;

  private LatencyBuckets() {}

  static long total(@Nullable LatencyCounts counts) {
    return counts == null ? 0 : CountedBuckets.total(counts.counts());
  }

  /** Milliseconds that this share of the requests stayed below; NaN of none. @param share 0..1 */
  static double millis(@Nullable LatencyCounts counts, double share) {
    if (counts == null || total(counts) == 0) {
      return Double.NaN;
    }
    int bucket = CountedBuckets.quantile(counts.first(), counts.counts(), share);
    return StrictMath.pow(2, (bucket + 1) / PER_DOUBLING) / 1_000;
  }

  /** Requests in buckets that lie wholly above so many milliseconds. */
  static long slower(@Nullable LatencyCounts counts, double millis) {
    if (counts == null) {
      return 0;
    }
    // the bucket that holds the limit does not count
    int limit = (int) Math.ceil(StrictMath.log(millis * 1_000) / StrictMath.log(2) * PER_DOUBLING);
    long slower = 0;
    for (int i = 0; i < counts.counts().size(); i++) {
      slower += counts.first() + i >= limit ? counts.counts().get(i) : 0;
    }
    return slower;
  }

  /** One after the other; null is none. */
  static @Nullable LatencyCounts sum(@Nullable LatencyCounts one, @Nullable LatencyCounts other) {
    return combined(one, other, 1);
  }

  /** What came to {@code later} after {@code earlier} was seen, never less than none. */
  static @Nullable LatencyCounts since(
      @Nullable LatencyCounts later, @Nullable LatencyCounts earlier) {
    return combined(later, earlier, -1);
  }

  private static @Nullable LatencyCounts combined(
      @Nullable LatencyCounts one, @Nullable LatencyCounts other, int sign) {
    if (one == null || other == null) {
      return one != null ? one : sign > 0 ? other : null;
    }
    int first = Math.min(one.first(), other.first());
    int end = Math.max(one.first() + one.counts().size(), other.first() + other.counts().size());
    List<Long> counts = new ArrayList<>();
    for (int bucket = first; bucket < end; bucket++) {
      counts.add(Math.max(0, at(one, bucket) + sign * at(other, bucket)));
    }
    return new LatencyCounts(first, counts);
  }

  private static long at(LatencyCounts counts, int bucket) {
    int i = bucket - counts.first();
    return i >= 0 && i < counts.counts().size() ? counts.counts().get(i) : 0;
  }
}
