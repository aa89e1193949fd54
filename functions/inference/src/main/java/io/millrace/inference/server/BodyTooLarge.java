package io.millrace.inference.server;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A 413. Most clients send their whole body before they read an answer, and a connection closed
 * under them loses it: what is left is read and thrown away, within limits, after the answer.
 */
final class BodyTooLarge extends HttpProblem {
  private static final long serialVersionUID = 1;

  /** Beyond this a client is not sending rows, and may lose its answer. */
  private static final long MOST_BYTES = 128L << 20;

  private static final long LONGEST_NANOS = Duration.ofSeconds(10).toNanos();

  private final transient @Nullable InputStream rest;

  /**
   * @param rest what the client still sends; null when it waits for our word before it sends any
   */
  BodyTooLarge(String message, @Nullable InputStream rest) {
    super(413, message);
    this.rest = rest;
  }

  /** Reads the rest into nothing. */
  void drain() {
    InputStream in = rest;
    if (in == null) {
      return;
    }
    byte[] nothing = new byte[8_192];
    long end = System.nanoTime() + LONGEST_NANOS;
    try {
      int n = in.read(nothing);
      for (long read = 0; n >= 0 && read < MOST_BYTES && System.nanoTime() < end; read += n) {
        n = in.read(nothing);
      }
    } catch (IOException | RuntimeException e) {
      // the client has gone: nobody reads the answer
    }
  }
}
