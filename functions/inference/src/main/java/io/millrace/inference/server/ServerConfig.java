package io.millrace.inference.server;

import io.millrace.inference.trace.Traces;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Settings of a server.
 *
 * @param endpoint its name, in the paths and the log; with several, the one that is meant where a
 *     request names none
 * @param host address to listen on
 * @param port 0 for any free one
 * @param server names this process in the keys of the log
 * @param limits what it takes on at once
 * @param poll how often the desired state is looked at
 * @param drain how long {@code stop} waits for requests under way, and an unloaded version for its
 *     own
 * @param batching when requests are scored together
 * @param keys who may ask; {@link ApiKeys#OPEN} for everybody
 * @param tls certificate and key; null for plain HTTP
 * @param traces where spans go; {@link Traces#OFF} for nowhere
 */
public record ServerConfig(
    String endpoint,
    String host,
    int port,
    String server,
    Limits limits,
    Duration poll,
    Duration drain,
    Batching batching,
    ApiKeys keys,
    @Nullable TlsFiles tls,
    Traces traces) {
  private static final String NAME = "[A-Za-z0-9][A-Za-z0-9._-]{0,99}";

  public ServerConfig {
    named("endpoint", endpoint);
    named("server", server);
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException("port: " + port + " (expected: 0..65535)");
    }
  }

  static void named(String field, String name) {
    if (!name.matches(NAME)) {
      throw new IllegalArgumentException(
          field + ": " + name + " (expected: letters, digits, '.', '_', '-')");
    }
  }

  /** The defaults: this machine only, {@link Limits#DEFAULT}, nobody is asked for a key. */
  public static ServerConfig of(String endpoint, int port) {
    return new ServerConfig(
        endpoint,
        "127.0.0.1",
        port,
        endpoint,
        Limits.DEFAULT,
        Duration.ofMillis(200),
        Duration.ofSeconds(10),
        Batching.DEFAULT,
        ApiKeys.OPEN,
        null,
        Traces.OFF);
  }

  public ServerConfig withHost(String address) {
    return new ServerConfig(
        endpoint, address, port, server, limits, poll, drain, batching, keys, tls, traces);
  }

  public ServerConfig withServer(String name) {
    return new ServerConfig(
        endpoint, host, port, name, limits, poll, drain, batching, keys, tls, traces);
  }

  public ServerConfig withLimits(Limits other) {
    return new ServerConfig(
        endpoint, host, port, server, other, poll, drain, batching, keys, tls, traces);
  }

  public ServerConfig withDrain(Duration atMost) {
    return new ServerConfig(
        endpoint, host, port, server, limits, poll, atMost, batching, keys, tls, traces);
  }

  public ServerConfig withBatching(Batching other) {
    return new ServerConfig(
        endpoint, host, port, server, limits, poll, drain, other, keys, tls, traces);
  }

  public ServerConfig withKeys(ApiKeys other) {
    return new ServerConfig(
        endpoint, host, port, server, limits, poll, drain, batching, other, tls, traces);
  }

  public ServerConfig withTls(@Nullable TlsFiles files) {
    return new ServerConfig(
        endpoint, host, port, server, limits, poll, drain, batching, keys, files, traces);
  }

  public ServerConfig withTraces(Traces other) {
    return new ServerConfig(
        endpoint, host, port, server, limits, poll, drain, batching, keys, tls, other);
  }
}
