package io.millrace.workflows.pool;

import java.time.Duration;

/**
 * Three budgets that do not eat into each other: the cloud's interruptions, orders that cannot be
 * filled, and nodes that end as soon as they start, which no further node mends.
 */
final class Budgets {
  /** Failed starts in a row: twice may be bad luck with a machine, three times is the image. */
  static final int STARTS = 3;

  /** Refusals in a row with nothing else to try: with their pauses about eight minutes. */
  static final int REFUSALS = 6;

  /** A node that was up and ended this soon did not survive its first batches. */
  private static final Duration AT_ONCE = Duration.ofSeconds(20);

  /** A machine that never spoke: booting and unpacking take minutes. */
  private static final Duration BOOT = Duration.ofMinutes(10);

  private static final Duration FIRST_PAUSE = Duration.ofSeconds(15);
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);
  private static final int LONGEST_START_PAUSE = 60;

  private final int interruptions;
  private Counts counts;

  Budgets(int interruptions, Counts counts) {
    this.interruptions = interruptions;
    this.counts = counts;
  }

  Counts counts() {
    return counts;
  }

  /** A node is gone that had worked, or was warned. */
  void interrupted() {
    counts =
        new Counts(
            counts.interruptions() + 1,
            counts.failedStarts(),
            0,
            counts.refusals(),
            counts.refusalsInRow(),
            counts.waits());
  }

  /** True for the end of a node that nobody announced and that never got to work. */
  static boolean early(Duration age, boolean up) {
    return age.compareTo(up ? AT_ONCE : BOOT) < 0;
  }

  void failedStart() {
    counts =
        new Counts(
            counts.interruptions(),
            counts.failedStarts() + 1,
            counts.failedStartsInRow() + 1,
            counts.refusals(),
            counts.refusalsInRow(),
            counts.waits());
  }

  /**
   * An order was not filled.
   *
   * @param last true when there was nothing else to try
   */
  void refused(boolean last) {
    counts =
        new Counts(
            counts.interruptions(),
            counts.failedStarts(),
            counts.failedStartsInRow(),
            counts.refusals() + 1,
            counts.refusalsInRow() + (last ? 1 : 0),
            counts.waits() + 1);
  }

  void filled() {
    counts =
        new Counts(
            counts.interruptions(),
            counts.failedStarts(),
            counts.failedStartsInRow(),
            counts.refusals(),
            0,
            0);
  }

  boolean interruptionsSpent() {
    return counts.interruptions() > interruptions;
  }

  boolean startsSpent() {
    return counts.failedStartsInRow() >= STARTS;
  }

  boolean refusalsSpent() {
    return counts.refusalsInRow() >= REFUSALS;
  }

  /** After an order that was not filled. */
  Duration pauseAfterRefusal() {
    Duration pause = FIRST_PAUSE.multipliedBy(1L << Math.min(10, Math.max(0, counts.waits() - 1)));
    return pause.compareTo(LONGEST_PAUSE) < 0 ? pause : LONGEST_PAUSE;
  }

  /** The first failed start is replaced at once; then nodes are not started in a circle. */
  Duration pauseAfterFailedStart() {
    int more = counts.failedStartsInRow() - 2;
    return more < 0
        ? Duration.ZERO
        : Duration.ofSeconds(Math.min(LONGEST_START_PAUSE, 1L << Math.min(6, more)));
  }
}
