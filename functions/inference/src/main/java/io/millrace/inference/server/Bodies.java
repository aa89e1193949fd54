package io.millrace.inference.server;

import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.Semaphore;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/**
 * Reads request bodies within limits: one body's bytes, counted after decompression, and all
 * bodies' together. A body over its limit is never held, however long it says it is.
 */
final class Bodies {
  private static final int KB = 1_024;

  private final int maxBytes;
  private final Semaphore budget;
  private final long mostNanos;

  Bodies(Limits limits) {
    this.maxBytes = limits.bodyBytes();
    this.budget = new Semaphore(limits.bufferedBytes() / KB);
    this.mostNanos = limits.bodyTime().toNanos();
  }

  /** A body that counts against the budget until it is closed. */
  final class Body implements AutoCloseable {
    private byte[] bytes = new byte[0];
    private int reserved;

    byte[] bytes() {
      return bytes;
    }

    private void reserve(int length) {
      int wanted = (length + KB - 1) / KB;
      if (wanted > reserved) {
        if (!budget.tryAcquire(wanted - reserved)) {
          throw new HttpProblem(503, "body: too much is being read already (expected: try again)");
        }
        reserved = wanted;
      }
    }

    @Override
    public void close() {
      budget.release(reserved);
      reserved = 0;
    }
  }

  /**
   * @throws HttpProblem 400, 413, 415 or 503
   */
  Body read(ServerRequest request) {
    String encoding =
        request
            .headers()
            .first(HeaderNames.CONTENT_ENCODING)
            .map(text -> text.strip().toLowerCase(Locale.ROOT))
            .orElse("identity");
    boolean gzip = encoding.equals("gzip") || encoding.equals("x-gzip");
    if (!gzip && !encoding.equals("identity")) {
      throw new HttpProblem(415, "content-encoding: " + encoding + " (expected: gzip, or none)");
    }
    long announced = request.headers().contentLength().orElse(-1);
    if (announced > maxBytes) {
      boolean waits =
          request
              .headers()
              .first(HeaderNames.EXPECT)
              .filter(text -> text.strip().equalsIgnoreCase("100-continue"))
              .isPresent();
      throw tooLarge(announced + " bytes", waits ? null : request.content().inputStream());
    }
    Body body = new Body();
    boolean done = false;
    try {
      if (request.content().hasEntity()) {
        InputStream in = request.content().inputStream();
        if (!read(gzip ? new GZIPInputStream(in) : in, gzip ? -1 : (int) announced, body)) {
          throw tooLarge("more than " + maxBytes + " bytes", in);
        }
      }
      done = true;
      return body;
    } catch (ZipException e) {
      throw new HttpProblem(400, "body: " + e.getMessage() + " (expected: gzip)");
    } catch (EOFException e) {
      throw new HttpProblem(400, "body: ends too early (expected: a whole body)");
    } catch (IOException | UncheckedIOException e) {
      throw new HttpProblem(400, "body: cannot be read (expected: a whole body)");
    } finally {
      if (!done) {
        body.close();
      }
    }
  }

  /** False when there is more than a body may have. */
  private boolean read(InputStream in, int announced, Body body) throws IOException {
    // one byte more than announced, so that the end is seen without growing
    byte[] bytes = new byte[announced >= 0 ? announced + 1 : 8 * KB];
    body.reserve(bytes.length);
    int length = 0;
    long end = System.nanoTime() + mostNanos;
    while (true) {
      int n = read(in, bytes, length);
      if (n < 0) {
        body.bytes = length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
        return true;
      }
      length += n;
      if (System.nanoTime() - end > 0) {
        // a byte now and then would hold a place and memory for ever
        throw new HttpProblem(408, "body: not there in time (expected: a faster client)");
      }
      if (length > maxBytes) {
        return false;
      }
      if (length == bytes.length) {
        int larger = Math.min(maxBytes + 1, Math.max(8 * KB, length * 2));
        body.reserve(larger);
        bytes = Arrays.copyOf(bytes, larger);
      }
    }
  }

  private static int read(InputStream in, byte[] bytes, int from) throws IOException {
    try {
      return in.read(bytes, from, bytes.length - from);
    } catch (RuntimeException e) {
      // how Helidon says that the client has gone
      throw new EOFException(String.valueOf(e.getMessage()));
    }
  }

  private HttpProblem tooLarge(String found, @Nullable InputStream rest) {
    return new BodyTooLarge("body: " + found + " (expected: at most " + maxBytes + " bytes)", rest);
  }
}
