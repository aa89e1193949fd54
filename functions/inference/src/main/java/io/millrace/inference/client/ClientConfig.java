package io.millrace.inference.client;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Whom a {@link ModelClient} asks and how patient it is.
 *
 * @param endpoint {@code http(s)://host:port}, with a path when a proxy has one before ours
 * @param model as the endpoint or the model itself is called
 * @param apiKey sent as {@code Authorization: Bearer}; null for none; never in {@link #toString}
 * @param deadline of a whole call, retries and pauses included
 * @param attempts tries of a call, 1 for no retry
 * @param authorities PEM file of the certificates that a TLS server is trusted by; null for the
 *     JVM's own
 * @param binary tensors travel as bytes rather than JSON
 */
public record ClientConfig(
    URI endpoint,
    String model,
    @Nullable String apiKey,
    Duration deadline,
    int attempts,
    @Nullable Path authorities,
    boolean binary) {
  public ClientConfig {
    String scheme = String.valueOf(endpoint.getScheme()).toLowerCase(Locale.ROOT);
    if ((!scheme.equals("http") && !scheme.equals("https")) || endpoint.getHost() == null) {
      throw new IllegalArgumentException(
          "endpoint: " + endpoint + " (expected: http://host:port or https://host:port)");
    }
    if (!model.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,99}")) {
      throw new IllegalArgumentException(
          "model: " + model + " (expected: letters, digits, '.', '_', '-')");
    }
    if (deadline.isNegative() || deadline.isZero()) {
      throw new IllegalArgumentException("deadline: " + deadline + " (expected: > 0)");
    }
    if (attempts < 1 || attempts > 20) {
      throw new IllegalArgumentException("attempts: " + attempts + " (expected: 1..20)");
    }
    if (apiKey != null && !apiKey.matches("[!-~]{1,512}")) {
      throw new IllegalArgumentException(
          "apiKey: (hidden) (expected: 1..512 printable characters without spaces)");
    }
  }

  /** The defaults: no key, 10 s, 4 attempts, JSON. */
  public static ClientConfig of(URI endpoint, String model) {
    return new ClientConfig(endpoint, model, null, Duration.ofSeconds(10), 4, null, false);
  }

  public ClientConfig withApiKey(@Nullable String key) {
    return new ClientConfig(endpoint, model, key, deadline, attempts, authorities, binary);
  }

  public ClientConfig withDeadline(Duration whole) {
    return new ClientConfig(endpoint, model, apiKey, whole, attempts, authorities, binary);
  }

  public ClientConfig withAttempts(int most) {
    return new ClientConfig(endpoint, model, apiKey, deadline, most, authorities, binary);
  }

  public ClientConfig withAuthorities(@Nullable Path pem) {
    return new ClientConfig(endpoint, model, apiKey, deadline, attempts, pem, binary);
  }

  public ClientConfig withBinary(boolean bytes) {
    return new ClientConfig(endpoint, model, apiKey, deadline, attempts, authorities, bytes);
  }

  @Override
  public String toString() {
    return "ClientConfig[" + endpoint + ", " + model + ", key " + (apiKey != null) + "]";
  }
}
