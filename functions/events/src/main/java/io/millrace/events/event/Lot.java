package io.millrace.events.event;

import org.jspecify.annotations.Nullable;

/**
 * Several things of one event whose source cannot take back some of them: all are tried, and the
 * first failure is thrown at the end, so that the whole comes again. What was done is done once.
 */
public final class Lot {
  private @Nullable RuntimeException failure;

  /** Tries one; its failure waits. */
  public void add(Runnable one) {
    try {
      one.run();
    } catch (RuntimeException e) {
      if (failure == null) {
        failure = e;
      } else {
        failure.addSuppressed(e);
      }
    }
  }

  /** Throws what went wrong. */
  public void end() {
    if (failure != null) {
      throw failure;
    }
  }
}
