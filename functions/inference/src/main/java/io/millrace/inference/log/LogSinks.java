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
   * @param uri {@code file:/dir}
   * @param environment of the process: where credentials are looked for
   * @throws IllegalArgumentException for any other address
   */
  public static LogSink open(String uri, Map<String, String> environment) {
    if (uri.matches("file:/.+")) {
      return new FileLogSink(Path.of(URI.create(uri).getPath()));
    }
    throw new IllegalArgumentException("log: " + uri + " (expected: file:/dir)");
  }
}
