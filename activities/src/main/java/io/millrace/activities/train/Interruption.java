package io.millrace.activities.train;

/**
 * Tells a node's trial that its machine is about to go: the trial writes a checkpoint at its next
 * batch and its attempt ends as {@code SPOT_INTERRUPTED}. Cannot be taken back. Thread-safe.
 */
public final class Interruption {
  private volatile boolean requested;

  /** Asks; repeats do nothing. */
  public void request() {
    requested = true;
  }

  public boolean requested() {
    return requested;
  }
}
