package io.millrace.inference.server;

import java.time.Duration;

/**
 * What a server takes on at once; beyond it requests are told to come again.
 *
 * @param bodyBytes greatest request body, after decompression; more is answered with 413
 * @param rows most rows in one request; an empty JSON row is 3 bytes, in memory it is its columns
 * @param bufferedBytes bodies in memory at once; beyond it requests get 503
 * @param concurrency requests scored at once
 * @param queue requests that wait for a place; beyond it requests get 503
 * @param queueWait how long one waits; then it gets 503
 * @param bodyTime how long a client may take to send a body; then it gets 408
 * @param connections open at once; more wait to be accepted
 * @param logRows rows that wait for the log's writer; beyond it rows are dropped and counted
 */
public record Limits(
    int bodyBytes,
    int rows,
    int bufferedBytes,
    int concurrency,
    int queue,
    Duration queueWait,
    Duration bodyTime,
    int connections,
    int logRows) {
  /** 8 MB bodies, 10,000 rows, 64 requests at once and 256 that wait for at most a second. */
  public static final Limits DEFAULT =
      new Limits(
          8 << 20,
          10_000,
          256 << 20,
          64,
          256,
          Duration.ofSeconds(1),
          Duration.ofSeconds(30),
          4_096,
          50_000);

  public Limits {
    atLeast("bodyBytes", bodyBytes, 1);
    atLeast("rows", rows, 1);
    atLeast("concurrency", concurrency, 1);
    atLeast("queue", queue, 0);
    atLeast("connections", connections, 1);
    atLeast("logRows", logRows, 1);
    if (bufferedBytes < bodyBytes) {
      throw new IllegalArgumentException(
          "bufferedBytes: " + bufferedBytes + " (expected: >= bodyBytes)");
    }
    if (queueWait.isNegative()) {
      throw new IllegalArgumentException("queueWait: " + queueWait + " (expected: >= 0)");
    }
    if (bodyTime.isNegative() || bodyTime.isZero()) {
      throw new IllegalArgumentException("bodyTime: " + bodyTime + " (expected: > 0)");
    }
  }

  private static void atLeast(String name, int value, int least) {
    if (value < least) {
      throw new IllegalArgumentException(name + ": " + value + " (expected: >= " + least + ")");
    }
  }

  public Limits withBodyBytes(int most) {
    return new Limits(
        most,
        rows,
        Math.max(bufferedBytes, most),
        concurrency,
        queue,
        queueWait,
        bodyTime,
        connections,
        logRows);
  }

  public Limits withRows(int most) {
    return new Limits(
        bodyBytes,
        most,
        bufferedBytes,
        concurrency,
        queue,
        queueWait,
        bodyTime,
        connections,
        logRows);
  }

  /** Places and waiting places. */
  public Limits withConcurrency(int places, int waiting, Duration atMost) {
    return new Limits(
        bodyBytes, rows, bufferedBytes, places, waiting, atMost, bodyTime, connections, logRows);
  }

  public Limits withBodyTime(Duration atMost) {
    return new Limits(
        bodyBytes,
        rows,
        bufferedBytes,
        concurrency,
        queue,
        queueWait,
        atMost,
        connections,
        logRows);
  }
}
