package io.millrace.inference.server;

/**
 * Counts of latencies in buckets of 9 % (eight per doubling) from 1 µs to 16 s; a percentile is off
 * by at most a bucket. Not thread-safe.
 */
final class LatencyHistogram {
  private static final int PER_DOUBLING = 8;
  private static final int BUCKETS = 24 * PER_DOUBLING;

  private final int[] counts = new int[BUCKETS];
  private long total;

  void add(long micros) {
    counts[bucket(micros)]++;
    total++;
  }

  void add(LatencyHistogram other) {
    for (int i = 0; i < BUCKETS; i++) {
      counts[i] += other.counts[i];
    }
    total += other.total;
  }

  /** Requests by bucket. */
  int[] counts() {
    return counts.clone();
  }

  /** Milliseconds that this share of the requests stayed below; 0 of none. @param share 0..1 */
  double millis(double share) {
    if (total == 0) {
      return 0;
    }
    long target = (long) Math.ceil(share * total);
    long below = 0;
    for (int i = 0; i < BUCKETS; i++) {
      below += counts[i];
      if (below >= target) {
        return Math.pow(2, (i + 1.0) / PER_DOUBLING) / 1_000;
      }
    }
    throw new IllegalStateException("counts do not add up");
  }

  private static int bucket(long micros) {
    if (micros <= 1) {
      return 0;
    }
    int bucket = (int) (Math.log(micros) / Math.log(2) * PER_DOUBLING);
    return Math.min(BUCKETS - 1, bucket);
  }
}
