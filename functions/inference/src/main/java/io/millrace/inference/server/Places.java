package io.millrace.inference.server;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Places for requests that are scored: a fixed number, and a bounded number that wait for one, for
 * a bounded time. First come, first served among those that wait. Thread-safe.
 */
final class Places {
  private final int number;
  private final int queue;
  private final long waitNanos;
  private final Semaphore free;
  private final AtomicInteger waiting = new AtomicInteger();
  private final Buckets waited =
      new Buckets(0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5);

  Places(Limits limits) {
    number = limits.concurrency();
    queue = limits.queue();
    waitNanos = limits.queueWait().toNanos();
    free = new Semaphore(number);
  }

  /**
   * Takes one; {@link #free} must follow.
   *
   * @throws HttpProblem 503 when too many wait already, or it waited too long
   */
  void take() {
    if (free.tryAcquire()) {
      waited.add(0);
      return;
    }
    if (waiting.incrementAndGet() > queue) {
      waiting.decrementAndGet();
      throw new HttpProblem(
          503,
          "server: "
              + number
              + " requests at once and "
              + queue
              + " that wait (expected: try again)");
    }
    long start = System.nanoTime();
    try {
      if (!free.tryAcquire(waitNanos, TimeUnit.NANOSECONDS)) {
        throw new HttpProblem(
            503, "server: busy for " + waitNanos / 1_000_000 + " ms (expected: try again)");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new HttpProblem(503, "server: stopping (expected: try again)");
    } finally {
      waiting.decrementAndGet();
      waited.add((System.nanoTime() - start) / 1e9);
    }
  }

  void free() {
    free.release();
  }

  /** Requests being scored now. */
  int taken() {
    return number - free.availablePermits();
  }

  /** Requests that wait now. */
  int waiting() {
    return waiting.get();
  }

  /** Seconds that requests waited. */
  Buckets waited() {
    return waited;
  }
}
