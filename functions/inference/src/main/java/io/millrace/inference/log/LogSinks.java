package io.millrace.inference.log;

import java.net.URI;
import java.nio.file.Path;
import java.util.Map;

/** Sinks by their address. */
public final class LogSinks {
  private LogSinks() {}

  /**
   * Opens a sink.
   *
   * @param uri {@code file:/dir} or {@code s3://bucket/prefix}: the store's, whose {@code
   *     predictions/} is written
   * @param environment of the process: where region, endpoint and credentials are looked for, see
   *     {@link S3LogSink#open}
   * @throws IllegalArgumentException for any other address
   */
  public static LogSink open(String uri, Map<String, String> environment) {
    if (uri.startsWith("s3://")) {
      return S3LogSink.open(uri, environment);
    }
    if (uri.matches("file:/.+")) {
      return new FileLogSink(Path.of(URI.create(uri).getPath()));
    }
    throw new IllegalArgumentException(
        "log: " + uri + " (expected: file:/dir or s3://bucket/prefix)");
  }
}
