package io.millrace.inference.log;

import java.net.URI;
import java.nio.file.Path;
import java.util.Map;

/** Opens the sink of a setting. */
public final class LogSinks {
  private LogSinks() {}

  /**
   * @param uri {@code file:/folder} or {@code s3://bucket/prefix}: the store's, whose {@code
   *     predictions/} is written
   * @param environment of the process, see {@link S3LogSink#open}
   * @throws IllegalArgumentException for any other text
   */
  public static LogSink open(String uri, Map<String, String> environment) {
    if (uri.startsWith("s3://")) {
      return S3LogSink.open(uri, environment);
    }
    if (uri.startsWith("file:") && uri.length() > "file:".length()) {
      String rest = uri.substring("file:".length());
      return new FileLogSink(rest.startsWith("//") ? Path.of(URI.create(uri)) : Path.of(rest));
    }
    throw new IllegalArgumentException(
        "log: " + uri + " (expected: file:/folder or s3://bucket/prefix)");
  }
}
