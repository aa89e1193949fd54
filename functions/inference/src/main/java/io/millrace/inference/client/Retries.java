package io.millrace.inference.client;

import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * When to try again, and after what pause: exponential with full jitter (AWS Architecture Blog,
 * "Exponential Backoff And Jitter", 2015), never sooner than the server's {@code Retry-After}.
 */
record Retries(Clock clock, RandomGenerator random) {
  private static final long FIRST_MILLIS = 50;
  private static final long LONGEST_MILLIS = 2_000;

  /** True for the answers that say "not now": a score has no side effect, so again is safe. */
  static boolean worthwhile(int status) {
    return status == 429 || status == 502 || status == 503 || status == 504;
  }

  /**
   * @param attempt 1 after the first
   * @param retryAfter the header, seconds or an HTTP date; what cannot be read counts as absent
   */
  Duration pause(int attempt, Optional<String> retryAfter) {
    long most = Math.min(LONGEST_MILLIS, FIRST_MILLIS << Math.min(attempt - 1, 10));
    Duration jittered = Duration.ofMillis(1 + random.nextLong(most));
    Duration asked = retryAfter.flatMap(this::asked).orElse(Duration.ZERO);
    return asked.compareTo(jittered) > 0 ? asked.plus(jittered) : jittered;
  }

  private Optional<Duration> asked(String header) {
    String text = header.strip();
    if (text.matches("[0-9]{1,9}")) {
      return Optional.of(Duration.ofSeconds(Long.parseLong(text)));
    }
    try {
      ZonedDateTime at = ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME);
      return Optional.of(Duration.between(clock.instant(), at.toInstant()));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }
}
