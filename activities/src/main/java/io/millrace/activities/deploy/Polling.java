package io.millrace.activities.deploy;

import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Waits for something elsewhere by looking again, within one budget for all of it. */
public final class Polling {
  private final long end;
  private final Duration every;

  private Polling(Duration budget, Duration every) {
    this.end = System.nanoTime() + budget.toNanos();
    this.every = every;
  }

  /**
   * The budget begins now.
   *
   * @param every between two looks
   */
  public static Polling of(Duration budget, Duration every) {
    return new Polling(budget, every);
  }

  /**
   * Looks at least once.
   *
   * @return false when the budget was used up before it was done
   */
  public boolean until(BooleanSupplier done) {
    while (true) {
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
