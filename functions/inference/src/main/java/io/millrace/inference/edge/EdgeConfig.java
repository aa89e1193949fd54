package io.millrace.inference.edge;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Settings of a bundle, from the environment.
 *
 * @param host address to listen on, {@code HOST}
 * @param port {@code PORT}; 0 for any free one
 * @param spool folder of what is not shipped yet, {@code MILLRACE_SPOOL}
 * @param spoolBytes most bytes there, {@code MILLRACE_SPOOL_MB}
 * @param store where the log is shipped to, {@code MILLRACE_LOG_URI}; null keeps it in the spool
 * @param trusted file of the public key that must have signed, {@code MILLRACE_TRUSTED_KEY}; null
 *     takes the bundle's own
 */
public record EdgeConfig(
    String host,
    int port,
    Path spool,
    long spoolBytes,
    @Nullable String store,
    @Nullable Path trusted) {
  /** Settings that nobody else in the process reads. */
  static final Set<String> OWN =
      Set.of("MILLRACE_SPOOL", "MILLRACE_SPOOL_MB", "MILLRACE_TRUSTED_KEY");

  /**
   * @param bundle the folder, which the spool is in unless it is said
   * @throws IllegalArgumentException with every problem
   */
  public static EdgeConfig from(Map<String, String> environment, Path bundle) {
    List<String> problems = new ArrayList<>();
    long port =
        whole(environment, "PORT", "8080", n -> n >= 0 && n <= 65_535, "0..65535", problems);
    long megabytes =
        whole(
            environment,
            "MILLRACE_SPOOL_MB",
            "256",
            n -> n >= 1 && n <= 1 << 20,
            "1..1048576",
            problems);
    String spool = environment.get("MILLRACE_SPOOL");
    String trusted = environment.get("MILLRACE_TRUSTED_KEY");
    if (!problems.isEmpty()) {
      throw new IllegalArgumentException(String.join("; ", problems));
    }
    return new EdgeConfig(
        environment.getOrDefault("HOST", "127.0.0.1"),
        (int) port,
        spool == null ? bundle.resolve(BundleFolder.SPOOL) : Path.of(spool),
        megabytes << 20,
        environment.get("MILLRACE_LOG_URI"),
        trusted == null ? null : Path.of(trusted));
  }

  private static long whole(
      Map<String, String> environment,
      String name,
      String otherwise,
      LongPredicate allowed,
      String expected,
      List<String> problems) {
    String text = environment.getOrDefault(name, otherwise);
    try {
      long value = Long.parseLong(text);
      if (allowed.test(value)) {
        return value;
      }
    } catch (NumberFormatException e) {
      // said below
    }
    problems.add(name + ": " + text + " (expected: " + expected + ")");
    return 0;
  }
}
