package io.millrace.inference.server;

import java.time.Duration;

/**
 * Settings of a server.
 *
 * @param endpoint its name, in the paths and the log
 * @param host address to listen on
 * @param port 0 for any free one
 * @param server names this process in the keys of the log
 * @param maxBodyBytes greatest request body, after decompression; more is answered with 413
 * @param maxRows most rows in one request; an empty JSON row is 3 bytes, in memory it is its
 *     columns
 * @param maxBufferedBytes bodies in memory at once; beyond it requests get 503
 * @param concurrency requests scored at once; beyond it requests get 503
 * @param poll how often the desired state is looked at
 * @param drain how long {@code stop} waits for requests under way, and an unloaded version for its
 *     own
 * @param logQueueRows rows that wait for the log's writer; beyond it rows are dropped and counted
 */
public record ServerConfig(
    String endpoint,
    String host,
    int port,
    String server,
    int maxBodyBytes,
    int maxRows,
    int maxBufferedBytes,
    int concurrency,
    Duration poll,
    Duration drain,
    int logQueueRows) {
  public ServerConfig {
    if (!endpoint.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,99}")) {
      throw new IllegalArgumentException(
          "endpoint: " + endpoint + " (expected: letters, digits, '.', '_', '-')");
    }
    if (!server.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,99}")) {
      throw new IllegalArgumentException(
          "server: " + server + " (expected: letters, digits, '.', '_', '-')");
    }
    positive("maxBodyBytes", maxBodyBytes);
    positive("maxRows", maxRows);
    positive("concurrency", concurrency);
    positive("logQueueRows", logQueueRows);
    if (maxBufferedBytes < maxBodyBytes) {
      throw new IllegalArgumentException(
          "maxBufferedBytes: " + maxBufferedBytes + " (expected: >= maxBodyBytes)");
    }
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException("port: " + port + " (expected: 0..65535)");
    }
  }

  private static void positive(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + ": " + value + " (expected: >= 1)");
    }
  }

  /** The defaults: this machine only, 8 MB bodies, 10,000 rows. */
  public static ServerConfig of(String endpoint, int port) {
    return new ServerConfig(
        endpoint,
        "127.0.0.1",
        port,
        endpoint,
        8 << 20,
        10_000,
        256 << 20,
        64,
        Duration.ofMillis(200),
        Duration.ofSeconds(10),
        50_000);
  }
}
