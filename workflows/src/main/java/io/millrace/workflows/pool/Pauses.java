package io.millrace.workflows.pool;

import java.time.Duration;
import java.time.Instant;

/** Before when nothing of a kind is tried again. Not carried: a new run may try at once. */
final class Pauses {
  private static final Duration FIRST = Duration.ofSeconds(10);
  private static final Duration LONGEST = Duration.ofMinutes(5);

  /** A machine whose ending failed is asked again this soon. */
  private static final Duration ENDING = Duration.ofSeconds(30);

  private Instant launch = Instant.MIN;
  private Instant ending = Instant.MIN;
  private Instant watch = Instant.MIN;
  private Instant prices = Instant.MIN;
  private Duration silence = FIRST;

  Instant launch() {
    return launch;
  }

  void launchUntil(Instant until) {
    launch = until.isAfter(launch) ? until : launch;
  }

  Instant ending() {
    return ending;
  }

  void endingFailed(Instant now) {
    ending = now.plus(ENDING);
  }

  Instant watch() {
    return watch;
  }

  /** A watch came back with nothing to say before its time, or failed: longer from time to time. */
  void watchSaidNothing(Instant now) {
    watch = now.plus(silence);
    Duration twice = silence.multipliedBy(2);
    silence = twice.compareTo(LONGEST) < 0 ? twice : LONGEST;
  }

  void watchWorked() {
    watch = Instant.MIN;
    silence = FIRST;
  }

  Instant prices() {
    return prices;
  }

  void pricesUntil(Instant until) {
    prices = until;
  }
}
