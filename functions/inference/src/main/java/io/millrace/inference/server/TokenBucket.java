package io.millrace.inference.server;

/** Lets through {@code rate} requests a second, {@code burst} of them at once. Thread-safe. */
final class TokenBucket {
  private final double rate;
  private final double burst;
  private double tokens;
  private long at;

  /**
   * @param rate a second; infinite for no limit
   * @param now {@code System.nanoTime()}
   */
  TokenBucket(double rate, double burst, long now) {
    this.rate = rate;
    this.burst = burst;
    tokens = burst;
    at = now;
  }

  /** 0 when the request may go on; else the seconds after which one may. */
  synchronized double take(long now) {
    if (Double.isInfinite(rate)) {
      return 0;
    }
    tokens = Math.min(burst, tokens + rate * Math.max(0, now - at) / 1e9);
    at = now;
    if (tokens >= 1) {
      tokens--;
      return 0;
    }
    return (1 - tokens) / rate;
  }
}
