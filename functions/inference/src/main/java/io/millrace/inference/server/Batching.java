package io.millrace.inference.server;

import java.time.Duration;

/**
 * Whether requests that come at the same time are scored in one run of the graph. A request never
 * waits for company: it joins others only while the graph is busy, so a lone connection is as fast
 * as without.
 *
 * @param mode {@code AUTO} looks, when a version is loaded, whether joining pays for its graph
 * @param rows most rows of a joined run; a request of more than half of them runs alone
 * @param longestWait after it a request stops waiting for others and runs alone
 */
public record Batching(Mode mode, int rows, Duration longestWait) {
  /** When to join. */
  public enum Mode {
    AUTO,
    ON,
    OFF
  }

  /** AUTO, 64 rows, 5 ms. */
  public static final Batching DEFAULT = new Batching(Mode.AUTO, 64, Duration.ofMillis(5));

  public Batching {
    if (rows < 2) {
      throw new IllegalArgumentException("batching.rows: " + rows + " (expected: >= 2)");
    }
    if (longestWait.isNegative() || longestWait.isZero()) {
      throw new IllegalArgumentException(
          "batching.longestWait: " + longestWait + " (expected: > 0)");
    }
  }

  public Batching with(Mode other) {
    return new Batching(other, rows, longestWait);
  }
}
