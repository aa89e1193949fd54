package io.millrace.inference.server;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.RequestException;
import io.helidon.http.Status;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.millrace.inference.protocol.Invocations;
import io.millrace.inference.protocol.RequestMalformed;
import io.millrace.inference.runtime.RowInvalid;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends answers, and turns failures into them. Bodies of requests are never logged. */
final class Answers {
  static final HeaderName REQUEST_ID = HeaderNames.create("x-request-id");
  static final HeaderName VERSION = HeaderNames.create("x-millrace-version");
  private static final HeaderName RETRY_AFTER = HeaderNames.create("retry-after");
  private static final HeaderName AUTHENTICATE = HeaderNames.create("www-authenticate");
  private static final Logger LOG = LoggerFactory.getLogger(Answers.class);
  private static final int LONGEST_ID = 128;
  private static final Set<Integer> UNREAD = Set.of(401, 403, 408, 413, 429);

  private final Map<Integer, LongAdder> refused = new ConcurrentHashMap<>();
  private final AtomicInteger active = new AtomicInteger();
  private volatile boolean draining;

  /** Asks clients to leave: every answer ends its connection. */
  void drain() {
    draining = true;
  }

  boolean draining() {
    return draining;
  }

  /** Requests being answered now, of any kind. */
  int active() {
    return active.get();
  }

  /** Answers that were not 2xx, by status. */
  Map<Integer, Long> refused() {
    Map<Integer, Long> counts = new TreeMap<>();
    refused.forEach((status, count) -> counts.put(status, count.sum()));
    return counts;
  }

  /** A handler whose failures become answers. */
  Handler guard(Handler handler) {
    return (request, response) -> {
      active.incrementAndGet();
      if (request.prologue().protocolVersion().startsWith("1")) {
        // HTTP/2 has frames instead, and forbids the header
        response.beforeSend(() -> leave(response));
      }
      try {
        handler.handle(request, response);
      } catch (HttpProblem e) {
        if (e.retryAfter() > 0) {
          response.header(RETRY_AFTER, Integer.toString(e.retryAfter()));
        }
        if (e.status() == 401) {
          response.header(AUTHENTICATE, "Bearer");
        }
        problem(response, e.status(), e.getMessage());
        if (e instanceof BodyTooLarge tooLarge) {
          tooLarge.drain();
        }
      } catch (RequestMalformed | RowInvalid e) {
        problem(response, 400, e.getMessage());
      } catch (UncheckedIOException | RequestException e) {
        throw e; // the connection's, not ours
      } catch (RuntimeException | OutOfMemoryError | StackOverflowError e) {
        LOG.error("{} {} failed", request.prologue().method(), request.path().rawPath(), e);
        problem(response, 500, "server: a defect, see its log (expected: an answer)");
      } finally {
        active.decrementAndGet();
      }
    };
  }

  private void leave(ServerResponse response) {
    // of a body that was not read the next request would begin in the middle
    if (draining || UNREAD.contains(response.status().code())) {
      response.header(HeaderValues.CONNECTION_CLOSE);
    }
  }

  private void problem(ServerResponse response, int status, @Nullable String message) {
    refused.computeIfAbsent(status, s -> new LongAdder()).increment();
    json(response, status, Invocations.error(String.valueOf(message)));
  }

  void json(ServerResponse response, int status, byte[] body) {
    response.header(HeaderValues.CONTENT_TYPE_JSON);
    send(response, status, body);
  }

  void text(ServerResponse response, int status, String type, byte[] body) {
    response.header(HeaderNames.CONTENT_TYPE, type);
    send(response, status, body);
  }

  private void send(ServerResponse response, int status, byte[] body) {
    response.status(Status.create(status));
    response.send(body);
  }

  /** The caller's request id when it is a sound one. */
  static Optional<String> requestId(ServerRequest request) {
    return request.headers().first(REQUEST_ID).map(String::strip).filter(Answers::sound);
  }

  /** Printable ASCII of 1..128 characters: it goes into headers and the log. */
  static boolean sound(String id) {
    if (id.isEmpty() || id.length() > LONGEST_ID) {
      return false;
    }
    for (int i = 0; i < id.length(); i++) {
      if (id.charAt(i) <= ' ' || id.charAt(i) > '~') {
        return false;
      }
    }
    return true;
  }

  /** A new id: 128 random bits; not a secret. */
  static String newRequestId() {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    String hex =
        Long.toHexString(random.nextLong()) + Long.toHexString(random.nextLong() | 1L << 63);
    return hex;
  }
}
