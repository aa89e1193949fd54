package io.millrace.activities.query;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Where Athena works for us.
 *
 * @param workgroup bounds what a query may scan, and who pays
 * @param catalog of the database
 * @param database of the Glue catalog, in which tables are created; it has to be there
 * @param output {@code s3://bucket/prefix/} for answers; null for the workgroup's own
 * @param timeout longest wait for one answer
 */
public record AthenaSettings(
    String workgroup, String catalog, String database, @Nullable String output, Duration timeout) {
  public AthenaSettings {
    if (!database.matches("[a-z0-9_]{1,128}")) {
      throw new IllegalArgumentException(
          "database: " + database + " (expected: lower case, digits and _)");
    }
    if (output != null && !output.matches("s3://[^/]+/.*")) {
      throw new IllegalArgumentException("output: " + output + " (expected: s3://bucket/prefix/)");
    }
    if (timeout.isNegative() || timeout.isZero()) {
      throw new IllegalArgumentException("timeout: " + timeout + " (expected: > 0)");
    }
  }
}
