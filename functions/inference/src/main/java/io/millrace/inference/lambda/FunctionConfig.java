package io.millrace.inference.lambda;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a function's environment says.
 *
 * @param packageDir folder of the package
 * @param sealed a {@link io.millrace.inference.model.SealedManifest} of the package; null: it is
 *     read and checked at the start
 * @param version of the model; 0 when nobody gave it one
 * @param endpoint whose function this is; null: the model's own name
 * @param logUri where the prediction log goes; null for nowhere
 * @param keys SHA-256 of the API keys; empty: the front asks who calls
 * @param function name and instance, for the log's keys
 */
record FunctionConfig(
    Path packageDir,
    @Nullable Path sealed,
    int version,
    @Nullable String endpoint,
    @Nullable String logUri,
    List<byte[]> keys,
    String function) {
  /** The folder of the package. */
  static final String PACKAGE = "MILLRACE_PACKAGE";

  /** The file with the sealed manifest; images have one. */
  static final String SEALED = "MILLRACE_SEALED";

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
    if (!whole(version)) {
      throw new IllegalArgumentException(VERSION + ": " + version + " (expected: a whole number)");
    }
    String sealed = set(environment.get(SEALED));
    // loops, no streams: a start pays for the first one (infra/docs/lambda.md)
    List<byte[]> keys = new ArrayList<>();
    for (String key : environment.getOrDefault(KEYS, "").split(",")) {
      if (!key.isBlank()) {
        keys.add(hash(key.strip()));
      }
    }
    return new FunctionConfig(
        packageDir(environment.get(PACKAGE)),
        sealed == null ? null : Path.of(sealed),
        Integer.parseInt(version),
        set(environment.get(ENDPOINT)),
        set(environment.get(LOG_URI)),
        List.copyOf(keys),
        environment.getOrDefault("AWS_LAMBDA_FUNCTION_NAME", "function"));
  }

  /** As {@code [0-9]{1,9}}, without what a first pattern costs a start. */
  private static boolean whole(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '9') {
        return false;
      }
    }
    return !text.isEmpty() && text.length() <= 9;
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
    for (String place : PLACES) {
      if (Files.isDirectory(Path.of(place))) {
        return Path.of(place);
      }
    }
    return Path.of(PLACES.getFirst());
  }
}
