package io.millrace.infra.config;

import io.millrace.inference.trace.OtlpTraces;
import io.millrace.inference.trace.Traces;
import java.net.URI;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where model servers' traces go: OpenTelemetry's own settings, as every program has them.
 *
 * @param endpoint {@code OTEL_EXPORTER_OTLP_ENDPOINT}; null for no traces
 * @param share {@code OTEL_TRACES_SAMPLER_ARG}, of the traces that begin here, 0..1
 */
public record TracesConfig(@Nullable URI endpoint, double share) {
  /** Of this process. */
  public static TracesConfig load() {
    return from(System.getenv());
  }

  /**
   * @throws IllegalArgumentException when a value is none, with its name
   */
  static TracesConfig from(Map<String, String> environment) {
    String address = environment.getOrDefault("OTEL_EXPORTER_OTLP_ENDPOINT", "").strip();
    if (address.isEmpty()) {
      return new TracesConfig(null, 1);
    }
    if (!address.matches("https?://[^/\\s]+.*")) {
      throw new IllegalArgumentException(
          "OTEL_EXPORTER_OTLP_ENDPOINT: " + address + " (expected: an http(s) address)");
    }
    String share = environment.getOrDefault("OTEL_TRACES_SAMPLER_ARG", "1").strip();
    if (!share.matches("0|1(\\.0)?|0?\\.[0-9]{1,9}")) {
      throw new IllegalArgumentException("OTEL_TRACES_SAMPLER_ARG: " + share + " (expected: 0..1)");
    }
    return new TracesConfig(URI.create(address), Double.parseDouble(share));
  }

  /** Opens what is wanted. @param service name of what is traced */
  public Traces open(String service) {
    return endpoint == null ? Traces.OFF : new OtlpTraces(endpoint, Map.of(), service, share);
  }
}
