package io.millrace.workflows.rollout;

import java.util.List;

/** What counts by bucket have in common, whatever a bucket holds. */
final class CountedBuckets {
  private CountedBuckets() {}

  static long total(List<Long> counts) {
    return counts.stream().mapToLong(Long::longValue).sum();
  }

  /**
   * The bucket up to whose end this share lies, at least one of them.
   *
   * @param first number of the first bucket that is counted
   * @param share 0..1
   */
  static int quantile(int first, List<Long> counts, double share) {
    long target = Math.max(1, (long) Math.ceil(share * total(counts)));
    long below = 0;
    int bucket = first;
    for (long count : counts) {
      below += count;
      if (below >= target) {
        break;
      }
      bucket++;
    }
    return bucket;
  }
}
