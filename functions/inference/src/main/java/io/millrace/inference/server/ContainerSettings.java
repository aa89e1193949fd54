package io.millrace.inference.server;

import java.net.URI;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Settings of {@link ContainerMain}, from the environment. Empty values count as absent; every
 * problem is told at once.
 *
 * <ul>
 *   <li>{@code HOST} (0.0.0.0), {@code PORT} (8080)
 *   <li>{@code MILLRACE_MODEL_DIR} (/model), {@code MILLRACE_MODEL_DIGEST} (any), {@code
 *       MILLRACE_MODEL_VERSION} (1), {@code MILLRACE_ENDPOINT} (the model's name), {@code
 *       MILLRACE_SERVER} (the endpoint's name; in the keys of the log)
 *   <li>{@code MILLRACE_API_KEYS_FILE} (everybody may ask), {@code MILLRACE_TLS_CERTIFICATE} and
 *       {@code MILLRACE_TLS_KEY} (plain HTTP)
 *   <li>{@code MILLRACE_MAX_BODY_BYTES} (8388608), {@code MILLRACE_MAX_ROWS} (10000), {@code
 *       MILLRACE_CONCURRENCY} (64), {@code MILLRACE_QUEUE} (256), {@code MILLRACE_QUEUE_WAIT}
 *       (PT1S), {@code MILLRACE_DRAIN} (PT10S), {@code MILLRACE_BATCHING} (auto, on, off)
 *   <li>{@code MILLRACE_LOG_URI}: {@code file:/dir} or {@code s3://bucket/prefix} (no log)
 *   <li>{@code OTEL_EXPORTER_OTLP_ENDPOINT} (no traces), {@code OTEL_EXPORTER_OTLP_HEADERS}, {@code
 *       OTEL_TRACES_SAMPLER_ARG} (1.0)
 * </ul>
 */
public final class ContainerSettings {
  private static final String PREFIX = "MILLRACE_";

  /** Read elsewhere in the process. */
  private static final Set<String> OTHERS = Set.of("MILLRACE_RUNTIME");

  private final Map<String, String> environment;
  private final List<String> problems = new ArrayList<>();
  private final Map<String, String> known = new HashMap<>();
  private final Path modelDir;
  private final String digest;
  private final int version;
  private final String endpoint;
  private final String logUri;
  private final @Nullable URI otlp;
  private final Map<String, String> otlpHeaders;
  private final double traceShare;
  private final ServerConfig config;

  private ContainerSettings(Map<String, String> environment) {
    this.environment = environment;
    modelDir = Path.of(text("MILLRACE_MODEL_DIR", "/model"));
    digest = text("MILLRACE_MODEL_DIGEST", "");
    version = whole("MILLRACE_MODEL_VERSION", 1, 1, 999_999_999);
    endpoint = text("MILLRACE_ENDPOINT", "");
    logUri = text("MILLRACE_LOG_URI", "");
    otlp = collector();
    otlpHeaders =
        read("OTEL_EXPORTER_OTLP_HEADERS", Map.of(), "name=value,…", ContainerSettings::headers);
    traceShare =
        read(
            "OTEL_TRACES_SAMPLER_ARG",
            1.0,
            "0..1",
            text -> text.matches("0|1|[01]?\\.[0-9]{1,9}") ? Double.valueOf(text) : -1.0);
    if (!(traceShare >= 0 && traceShare <= 1)) {
      problems.add("OTEL_TRACES_SAMPLER_ARG: (expected: 0..1)");
    }
    config = config();
    if (!problems.isEmpty()) {
      throw new IllegalArgumentException(String.join("; ", problems));
    }
  }

  /**
   * @throws IllegalArgumentException with every problem, {@code KEY: value (expected: …)}
   */
  public static ContainerSettings from(Map<String, String> environment) {
    return new ContainerSettings(environment);
  }

  private ServerConfig config() {
    Limits limits = Limits.DEFAULT;
    limits =
        limits
            .withBodyBytes(whole("MILLRACE_MAX_BODY_BYTES", limits.bodyBytes(), 1_024, 1 << 30))
            .withRows(whole("MILLRACE_MAX_ROWS", limits.rows(), 1, 10_000_000))
            .withConcurrency(
                whole("MILLRACE_CONCURRENCY", limits.concurrency(), 1, 10_000),
                whole("MILLRACE_QUEUE", limits.queue(), 0, 100_000),
                time("MILLRACE_QUEUE_WAIT", limits.queueWait()));
    ServerConfig plain = ServerConfig.of("endpoint", whole("PORT", 8_080, 0, 65_535));
    Batching.Mode mode =
        read(
            "MILLRACE_BATCHING",
            Batching.Mode.AUTO,
            "auto, on or off",
            text -> Batching.Mode.valueOf(text.toUpperCase(Locale.ROOT)));
    ApiKeys keys =
        read(
            "MILLRACE_API_KEYS_FILE",
            ApiKeys.OPEN,
            "a readable file of keys",
            text -> ApiKeys.read(Path.of(text)));
    return plain
        .withHost(text("HOST", "0.0.0.0"))
        .withLimits(limits)
        .withDrain(time("MILLRACE_DRAIN", plain.drain()))
        .withBatching(Batching.DEFAULT.with(mode))
        .withKeys(keys)
        .withTls(tls());
  }

  private @Nullable URI collector() {
    String text = text("OTEL_EXPORTER_OTLP_ENDPOINT", "");
    if (text.isEmpty()) {
      return null;
    }
    if (!text.matches("https?://[^/\\s]+\\S*")) {
      problems.add("OTEL_EXPORTER_OTLP_ENDPOINT: " + text + " (expected: an http(s) address)");
      return null;
    }
    return read("OTEL_EXPORTER_OTLP_ENDPOINT", URI.create("http://x"), "an address", URI::create);
  }

  private @Nullable TlsFiles tls() {
    String certificate = text("MILLRACE_TLS_CERTIFICATE", "");
    String key = text("MILLRACE_TLS_KEY", "");
    if (certificate.isEmpty() && key.isEmpty()) {
      return null;
    }
    if (certificate.isEmpty() || key.isEmpty()) {
      problems.add("MILLRACE_TLS_CERTIFICATE, MILLRACE_TLS_KEY: one (expected: both or none)");
      return null;
    }
    try {
      return new TlsFiles(Path.of(certificate), Path.of(key));
    } catch (IllegalArgumentException e) {
      problems.add(String.valueOf(e.getMessage()));
      return null;
    }
  }

  private String text(String key, String otherwise) {
    String value = environment.getOrDefault(key, "").strip();
    known.put(key, value);
    return value.isEmpty() ? otherwise : value;
  }

  private <T> T read(String key, T otherwise, String expected, Function<String, T> reading) {
    String value = text(key, "");
    if (value.isEmpty()) {
      return otherwise;
    }
    try {
      return reading.apply(value);
    } catch (IllegalArgumentException | DateTimeException | java.io.UncheckedIOException e) {
      problems.add(key + ": " + value + " (expected: " + expected + "): " + e.getMessage());
      return otherwise;
    }
  }

  private int whole(String key, int otherwise, int least, int most) {
    String value = text(key, "");
    if (value.isEmpty()) {
      return otherwise;
    }
    if (value.matches("[0-9]{1,10}")
        && Long.parseLong(value) >= least
        && Long.parseLong(value) <= most) {
      return Integer.parseInt(value);
    }
    problems.add(key + ": " + value + " (expected: " + least + ".." + most + ")");
    return otherwise;
  }

  private Duration time(String key, Duration otherwise) {
    return read(
        key,
        otherwise,
        "a duration such as PT10S, at least PT0S and at most PT1H",
        text -> {
          Duration time = Duration.parse(text);
          if (time.isNegative() || time.compareTo(Duration.ofHours(1)) > 0) {
            throw new IllegalArgumentException("out of range");
          }
          return time;
        });
  }

  private static Map<String, String> headers(String text) {
    Map<String, String> headers = new HashMap<>();
    for (String pair : text.split(",")) {
      int at = pair.indexOf('=');
      if (at < 1) {
        throw new IllegalArgumentException("a pair without a name or a value");
      }
      headers.put(pair.substring(0, at).strip(), pair.substring(at + 1).strip());
    }
    return headers;
  }

  Path modelDir() {
    return modelDir;
  }

  /** Hex sha256 that the package must have; empty for any. */
  String digest() {
    return digest;
  }

  int version() {
    return version;
  }

  /** Empty for the model's own name. */
  String endpoint() {
    return endpoint;
  }

  /** Empty for no log. */
  String logUri() {
    return logUri;
  }

  @Nullable URI otlp() {
    return otlp;
  }

  Map<String, String> otlpHeaders() {
    return otlpHeaders;
  }

  double traceShare() {
    return traceShare;
  }

  /** Where it listens and by what certificate, for the health check. */
  ServerConfig config(String name) {
    return new ServerConfig(
        name,
        config.host(),
        config.port(),
        text("MILLRACE_SERVER", name),
        config.limits(),
        config.poll(),
        config.drain(),
        config.batching(),
        config.keys(),
        config.tls(),
        config.traces());
  }

  /** Keys under our prefix that mean nothing: a misspelt limit should not go unnoticed. */
  List<String> unknown() {
    text("MILLRACE_SERVER", "");
    return environment.keySet().stream()
        .filter(key -> key.startsWith(PREFIX) && !known.containsKey(key) && !OTHERS.contains(key))
        .sorted()
        .toList();
  }
}
