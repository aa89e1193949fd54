package io.millrace.inference.server;

/**
 * Whether joining requests pays now. A joined run costs the same for 3 rows as for 64, so it pays
 * while enough requests come at the same time, which only joining for a moment can tell: {@link
 * #RUNS} runs are tried (after {@link #FIRST_RUNS} in which the queue fills), and with too few rows
 * in them requests run alone for a second, then two, up to eight, before the next try. Told by one
 * thread at a time; asked by any.
 */
final class Payoff {
  static final int RUNS = 4;
  static final int FIRST_RUNS = 2;
  private static final long FIRST_NANOS = 1_000_000_000;
  private static final long LONGEST_NANOS = 8 * FIRST_NANOS;

  private final double needed;
  private volatile boolean alone;
  private volatile long aloneUntil;
  private long pauseNanos = FIRST_NANOS;
  private int runs = -FIRST_RUNS;
  private long rows;

  /**
   * @param needed rows that a run must have on the average; 0 joins always
   */
  Payoff(double needed) {
    this.needed = needed;
  }

  /**
   * @param now {@code System.nanoTime()}
   */
  boolean joins(long now) {
    if (alone && now - aloneUntil >= 0) {
      alone = false;
    }
    return !alone;
  }

  /** A run is over. @param now {@code System.nanoTime()} */
  void ran(int rowsOfRun, long now) {
    runs++;
    if (runs > 0) {
      rows += rowsOfRun;
    }
    if (runs < RUNS) {
      return;
    }
    if (rows < needed * RUNS) {
      aloneUntil = now + pauseNanos;
      alone = true;
      pauseNanos = Math.min(LONGEST_NANOS, pauseNanos * 2);
      runs = -FIRST_RUNS;
    } else {
      pauseNanos = FIRST_NANOS;
      runs = 0;
    }
    rows = 0;
  }
}
