package io.millrace.inference.lambda;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a function's environment says.
 *
 * @param packageDir folder of the package
 * @param version of the model; 0 when nobody gave it one
 * @param endpoint whose function this is; null: the model's own name
 * @param logUri where the prediction log goes; null for nowhere
 * @param keys SHA-256 of the API keys; empty: the front asks who calls
 * @param function name and instance, for the log's keys
 */
record FunctionConfig(
    Path packageDir,
    int version,
    @Nullable String endpoint,
    @Nullable String logUri,
    List<byte[]> keys,
    String function) {
  /** The folder of the package. */
  static final String PACKAGE = "MILLRACE_PACKAGE";

  /** The version, for the answers; absent when nobody gave it one. */
  static final String VERSION = "MILLRACE_VERSION";

  /** The endpoint's name. */
  static final String ENDPOINT = "MILLRACE_ENDPOINT";

  /** The store, {@code s3://bucket/prefix}, below which {@code predictions/} is written. */
  static final String LOG_URI = "MILLRACE_LOG_URI";

  /** SHA-256 of the keys that are let in, in hexadecimal, separated by commas. */
  static final String KEYS = "MILLRACE_KEYS_SHA256";

  /** In a zip, in a layer. */
  private static final List<String> PLACES = List.of("/var/task/model", "/opt/model");

  /**
   * @throws IllegalArgumentException names the variable
   */
  static FunctionConfig of(Map<String, String> environment) {
    String version = environment.getOrDefault(VERSION, "0");
    if (!version.matches("\\d{1,9}")) {
      throw new IllegalArgumentException(VERSION + ": " + version + " (expected: a whole number)");
    }
    List<byte[]> keys =
        Arrays.stream(environment.getOrDefault(KEYS, "").split(","))
            .map(String::strip)
            .filter(key -> !key.isEmpty())
            .map(FunctionConfig::hash)
            .toList();
    return new FunctionConfig(
        packageDir(environment.get(PACKAGE)),
        Integer.parseInt(version),
        set(environment.get(ENDPOINT)),
        set(environment.get(LOG_URI)),
        keys,
        environment.getOrDefault("AWS_LAMBDA_FUNCTION_NAME", "function"));
  }

  private static byte[] hash(String text) {
    if (!text.matches("[0-9a-fA-F]{64}")) {
      // not repeated: it may be the key itself, set by mistake
      throw new IllegalArgumentException(KEYS + ": (expected: SHA-256 in 64 hexadecimal digits)");
    }
    return HexFormat.of().parseHex(text);
  }

  private static @Nullable String set(@Nullable String text) {
    return text == null || text.isBlank() ? null : text.strip();
  }

  private static Path packageDir(@Nullable String given) {
    if (given != null) {
      return Path.of(given);
    }
    return PLACES.stream()
        .map(Path::of)
        .filter(Files::isDirectory)
        .findFirst()
        .orElse(Path.of(PLACES.getFirst()));
  }
}
