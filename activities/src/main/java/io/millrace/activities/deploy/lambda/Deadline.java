package io.millrace.activities.deploy.lambda;

import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import java.time.Duration;

/**
 * How long one call of the target may wait for AWS; what it has not seen by then a later call goes
 * on with.
 */
final class Deadline {
  private static final Duration PAUSE = Duration.ofMillis(300);
  private final String endpoint;
  private final long end;

  Deadline(String endpoint, Duration length) {
    this.endpoint = endpoint;
    this.end = System.nanoTime() + length.toNanos();
  }

  boolean over() {
    return System.nanoTime() >= end;
  }

  /**
   * Waits a moment.
   *
   * @param until what is waited for, for people
   * @throws io.temporal.failure.ApplicationFailure {@code ENDPOINT_UNAVAILABLE} when it is over
   */
  void pause(String until) {
    if (over()) {
      throw Failures.of(
          FailureType.ENDPOINT_UNAVAILABLE,
          "endpoint " + endpoint + ": " + until + " (expected: by now; the next try goes on)");
    }
    try {
      Thread.sleep(PAUSE.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Failures.of(
          FailureType.ENDPOINT_UNAVAILABLE, e, "endpoint " + endpoint + ": interrupted");
    }
  }
}
