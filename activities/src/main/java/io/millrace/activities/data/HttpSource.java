package io.millrace.activities.data;

import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Downloads over HTTP(S). A connection that breaks or stalls is taken up where it ended with {@code
 * Range} and {@code If-Range}, when the server gave a strong ETag or a time, and from the start
 * otherwise. The length is checked against {@code Content-Length}. A server that is told the ETag
 * of what is there already ({@code If-None-Match}, RFC 9110) may answer 304 and sends nothing.
 */
final class HttpSource {
  /** Downloads that broke off are taken up this often before the activity's own retry has a go. */
  private static final int TRIES = 4;

  private final Duration connect;
  private final Duration silence;

  /**
   * @param connect longest wait for a connection
   * @param silence longest wait for the answer's head, and for the next bytes of its body
   */
  HttpSource(Duration connect, Duration silence) {
    this.connect = connect;
    this.silence = silence;
  }

  /** What is known of the file after a (partial) answer. */
  private record State(
      @Nullable String validator,
      @Nullable Instant modified,
      @Nullable String etag,
      boolean whole,
      boolean same) {}

  /**
   * @param known the strong ETag of what is there already; null for none
   * @return empty when the server says that its file is still that one
   */
  Optional<Staging.Fetched> fetch(
      String location, String shown, Path target, @Nullable String known) throws IOException {
    URI uri;
    try {
      uri = URI.create(location);
    } catch (IllegalArgumentException e) {
      throw unreadable(shown, "a URL");
    }
    if (uri.getHost() == null) {
      throw unreadable(shown, "a URL with a host");
    }
    Files.deleteIfExists(target);
    Files.createFile(target);
    State state = new State(null, null, null, false, false);
    IOException broken = new IOException("no answer");
    try (HttpClient client =
            HttpClient.newBuilder()
                .connectTimeout(connect)
                .followRedirects(HttpClient.Redirect.NORMAL)
                .build();
        ScheduledExecutorService watch = Executors.newSingleThreadScheduledExecutor()) {
      for (int i = 0; i < TRIES; i++) {
        long before = Files.size(target);
        try {
          state = attempt(client, watch, uri, shown, target, state, known);
          if (state.same()) {
            return Optional.empty();
          }
          if (state.whole()) {
            String name = shown.substring(shown.lastIndexOf('/') + 1);
            return Optional.of(new Staging.Fetched(target, name, state.modified(), state.etag()));
          }
          broken = new IOException("ended at " + Files.size(target) + " bytes");
        } catch (IOException e) {
          broken = e;
          if (Files.size(target) <= before && i > 0) {
            break;
          }
        }
      }
    }
    // the exception's text may hold the URL's query
    throw Failures.of(
        FailureType.SOURCE_UNAVAILABLE,
        "source: " + shown + " (expected: to answer whole): " + broken.getClass().getSimpleName());
  }

  private State attempt(
      HttpClient client,
      ScheduledExecutorService watch,
      URI uri,
      String shown,
      Path target,
      State state,
      @Nullable String known)
      throws IOException {
    long from = state.validator() == null ? 0 : Files.size(target);
    HttpRequest.Builder request = HttpRequest.newBuilder(uri).timeout(silence).GET();
    if (from > 0) {
      request.header("Range", "bytes=" + from + "-").header("If-Range", state.validator());
    }
    if (from == 0 && known != null) {
      request.header("If-None-Match", known);
    }
    HttpResponse<InputStream> response;
    try {
      response = client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } catch (IllegalArgumentException e) {
      throw unreadable(shown, "a URL that can be asked for");
    }
    try (InputStream in = response.body()) {
      int status = response.statusCode();
      if (status == 304 && from == 0 && known != null) {
        return new State(null, null, known, false, true);
      }
      if (status != 200 && status != 206) {
        throw refused(status, shown);
      }
      boolean resumed = status == 206 && from > 0;
      Optional<String> etag =
          response.headers().firstValue("ETag").filter(tag -> !tag.startsWith("W/"));
      Optional<String> time = response.headers().firstValue("Last-Modified");
      String validator = etag.or(() -> time).orElse(null);
      Instant modified = time.map(HttpSource::instant).orElse(state.modified());
      long length = response.headers().firstValueAsLong("Content-Length").orElse(-1);
      long start = resumed ? from : 0;
      boolean clean = copy(in, target, resumed, watch);
      long got = Files.size(target) - start;
      boolean whole = clean && (length < 0 || got == length);
      return new State(validator, modified, etag.orElse(null), whole, false);
    }
  }

  /** Copies until the end; false when the connection broke or stalled, with what came kept. */
  private boolean copy(InputStream in, Path target, boolean append, ScheduledExecutorService watch)
      throws IOException {
    byte[] buffer = new byte[1 << 16];
    AtomicBoolean stalled = new AtomicBoolean();
    try (OutputStream out =
        Files.newOutputStream(
            target,
            StandardOpenOption.WRITE,
            append ? StandardOpenOption.APPEND : StandardOpenOption.TRUNCATE_EXISTING)) {
      while (true) {
        ScheduledFuture<?> alarm =
            watch.schedule(() -> cut(in, stalled), silence.toMillis(), TimeUnit.MILLISECONDS);
        int n;
        try {
          n = in.read(buffer);
        } catch (IOException broken) {
          return false;
        } finally {
          alarm.cancel(false);
        }
        if (n < 0) {
          // a stream that was cut looks like one that ended
          return !stalled.get();
        }
        out.write(buffer, 0, n);
      }
    }
  }

  private static void cut(InputStream in, AtomicBoolean stalled) {
    stalled.set(true);
    try {
      in.close();
    } catch (IOException ignored) {
      // the reader notices by itself
    }
  }

  private static RuntimeException refused(int status, String shown) {
    boolean theirs = status >= 500 || status == 408 || status == 425 || status == 429;
    return Failures.of(
        theirs ? FailureType.SOURCE_UNAVAILABLE : FailureType.DATA_UNREADABLE,
        "source: " + shown + " answered " + status + " (expected: 200)");
  }

  private static RuntimeException unreadable(String shown, String expected) {
    return Failures.of(
        FailureType.DATA_UNREADABLE, "source: " + shown + " (expected: " + expected + ")");
  }

  private static @Nullable Instant instant(String header) {
    try {
      return ZonedDateTime.parse(header, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
    } catch (DateTimeParseException e) {
      return null;
    }
  }
}
