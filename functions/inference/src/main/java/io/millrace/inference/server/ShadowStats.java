package io.millrace.inference.server;

import io.millrace.inference.runtime.Prediction;
import java.util.List;

/** What a version said to mirrored requests, and how far it was from the answers. Thread-safe. */
final class ShadowStats {
  private final VersionStats stats = new VersionStats();
  private long dropped;
  private long compared;
  private long sameLabel;
  private double differences;
  private double greatest;

  /**
   * How the shadow's rows compare since the start.
   *
   * @param rows that were compared
   * @param sameLabel of them
   * @param meanDifference of the scores, absolute; 0 of no rows
   * @param maxDifference of the scores, absolute
   * @param dropped requests that found no place
   */
  record Comparison(
      long rows, long sameLabel, double meanDifference, double maxDifference, long dropped) {}

  /** Requests, latencies and scores, apart from the version's own. */
  VersionStats stats() {
    return stats;
  }

  /** True when any request was mirrored, or should have been. */
  synchronized boolean used() {
    return dropped > 0 || stats.any();
  }

  synchronized void dropped() {
    dropped++;
  }

  synchronized void compared(List<Prediction> said, List<Prediction> shadow) {
    for (int i = 0; i < Math.min(said.size(), shadow.size()); i++) {
      Prediction a = said.get(i);
      Prediction b = shadow.get(i);
      double difference = Math.abs(a.score() - b.score());
      compared++;
      sameLabel += a.label().equals(b.label()) ? 1 : 0;
      differences += difference;
      greatest = Math.max(greatest, difference);
    }
  }

  synchronized Comparison comparison() {
    return new Comparison(
        compared, sameLabel, compared == 0 ? 0 : differences / compared, greatest, dropped);
  }
}
