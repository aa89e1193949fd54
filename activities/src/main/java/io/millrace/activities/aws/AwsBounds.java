package io.millrace.activities.aws;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How long a client waits and how often it tries, which each service's user says with its reason.
 * An activity's own retries come on top, so these are few.
 *
 * @param silence longest time without a byte on an open connection
 * @param attempt longest time of one try; null where a long answer is not a fault
 * @param call longest time of all tries of a call together; null as above
 * @param tries at most that many, the first one counted
 */
public record AwsBounds(
    Duration silence, @Nullable Duration attempt, @Nullable Duration call, int tries) {
  /**
   * @throws IllegalArgumentException when a bound bounds nothing
   */
  public AwsBounds {
    positive("silence", silence);
    if (attempt != null) {
      positive("attempt", attempt);
    }
    if (call != null && (attempt == null || call.compareTo(attempt) < 0)) {
      throw new IllegalArgumentException(
          "call: " + call + " (expected: at least the attempt's " + attempt + ")");
    }
    if (tries < 1) {
      throw new IllegalArgumentException("tries: " + tries + " (expected: > 0)");
    }
  }

  /** A call of short questions and answers, whose every try has the same bound as a silence. */
  public static AwsBounds ofCall(Duration attempt, Duration call, int tries) {
    return new AwsBounds(attempt, attempt, call, tries);
  }

  /** A call that may move any number of bytes, as long as they move. */
  public static AwsBounds ofSilence(Duration silence, int tries) {
    return new AwsBounds(silence, null, null, tries);
  }

  private static void positive(String name, Duration value) {
    if (!value.isPositive()) {
      throw new IllegalArgumentException(name + ": " + value + " (expected: > 0)");
    }
  }
}
