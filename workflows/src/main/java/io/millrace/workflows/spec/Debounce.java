package io.millrace.workflows.spec;

/**
 * How often something must be seen before it counts: in {@code hits} of the last {@code of} checks,
 * {@code 2 of 3} in a spec.
 *
 * @param hits from 1
 * @param of from {@code hits}, at most {@value #MOST}
 */
public record Debounce(int hits, int of) {
  /** Checks that are remembered. */
  public static final int MOST = 50;

  /** At once. */
  public static final Debounce NONE = new Debounce(1, 1);

  public Debounce {
    if (hits < 1 || of < hits || of > MOST) {
      throw new IllegalArgumentException(
          "debounce: %d of %d (expected: n of m, 1 <= n <= m <= %d)".formatted(hits, of, MOST));
    }
  }

  /** {@code 2 of 3}. */
  public String words() {
    return hits + " of " + of;
  }
}
