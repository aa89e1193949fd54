package io.millrace.infra.config;

import io.millrace.activities.query.AthenaSettings;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What reads rows that lie in the store; {@code infra/docs/athena.md} describes it.
 *
 * @param athena null for DuckDB in the process that asks
 */
public record QueryConfig(@Nullable AthenaSettings athena) {
  static final Map<String, String> DEFAULTS =
      Map.of(
          "query.engine", "duckdb",
          "athena.workgroup", "primary",
          "athena.catalog", "AwsDataCatalog",
          "athena.database", "",
          "athena.output", "",
          "athena.timeout", "PT10M");

  static QueryConfig from(Function<String, String> get, String storeUri, List<String> problems) {
    String engine = get.apply("query.engine");
    if (engine.equals("duckdb")) {
      return new QueryConfig(null);
    }
    if (!engine.equals("athena")) {
      problems.add("query.engine: " + engine + " (expected: duckdb or athena)");
      return new QueryConfig(null);
    }
    if (!storeUri.startsWith("s3://")) {
      problems.add("store.uri: " + storeUri + " (expected: s3://…, as query.engine is athena)");
    }
    String output = get.apply("athena.output");
    Duration timeout = timeout(get.apply("athena.timeout"), problems);
    try {
      return new QueryConfig(
          new AthenaSettings(
              get.apply("athena.workgroup"),
              get.apply("athena.catalog"),
              get.apply("athena.database"),
              output.isEmpty() ? null : output,
              timeout));
    } catch (IllegalArgumentException e) {
      problems.add("athena." + e.getMessage());
      return new QueryConfig(null);
    }
  }

  private static Duration timeout(String text, List<String> problems) {
    try {
      Duration timeout = Duration.parse(text);
      if (timeout.isPositive()) {
        return timeout;
      }
    } catch (DateTimeParseException e) {
      // reported below as any other text that is no duration
    }
    problems.add("athena.timeout: " + text + " (expected: a duration such as PT10M)");
    return Duration.ofMinutes(10);
  }
}
