package io.millrace.activities.deploy;

import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Waits for something elsewhere by looking again, within one budget for all of it. */
public final class Polling {
  private final long end;
  private final Duration every;
  private final Runnable beat;

  private Polling(Duration budget, Duration every, Runnable beat) {
    this.end = System.nanoTime() + budget.toNanos();
    this.every = every;
    this.beat = beat;
  }

  /**
   * The budget begins now.
   *
   * @param every between two looks
   * @param beat told before every look that the wait goes on; what it throws ends the wait
   */
  public static Polling of(Duration budget, Duration every, Runnable beat) {
    return new Polling(budget, every, beat);
  }

  /**
   * Looks at least once.
   *
   * @return false when the budget was used up before it was done
   */
  public boolean until(BooleanSupplier done) {
    while (true) {
      beat.run();
      if (done.getAsBoolean()) {
        return true;
      }
      if (System.nanoTime() + every.toNanos() > end) {
        return false;
      }
      try {
        Thread.sleep(every);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw Failures.of(FailureType.ENDPOINT_UNAVAILABLE, e, "interrupted while waiting");
      }
    }
  }
}
