package io.millrace.inference.server;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Lets requests through by their key, and as many of a key as it may send. */
final class Access {
  private static final HeaderName API_KEY = HeaderNames.create("x-api-key");
  private static final String BEARER = "bearer ";
  private final ApiKeys keys;
  private final Map<String, LongAdder> asked = new ConcurrentHashMap<>();
  private final Map<String, LongAdder> limited = new ConcurrentHashMap<>();

  Access(ApiKeys keys) {
    this.keys = keys;
  }

  /** For scoring and metadata: any key. */
  Handler any(Handler handler) {
    return keys.open()
        ? handler
        : (request, response) -> {
          check(request, false);
          handler.handle(request, response);
        };
  }

  /** For the admin paths: a key that says so. */
  Handler admin(Handler handler) {
    return keys.open()
        ? handler
        : (request, response) -> {
          check(request, true);
          handler.handle(request, response);
        };
  }

  private void check(ServerRequest request, boolean admin) {
    ApiKey key =
        secret(request)
            .flatMap(keys::find)
            .orElseThrow(
                () ->
                    new HttpProblem(
                        401,
                        "key: missing or unknown (expected: Authorization: Bearer KEY, or"
                            + " x-api-key: KEY)"));
    asked.computeIfAbsent(key.name(), name -> new LongAdder()).increment();
    if (admin && !key.admin()) {
      throw new HttpProblem(403, "key: " + key.name() + " (expected: a key of an admin)");
    }
    double seconds = key.rate().take(System.nanoTime());
    if (seconds > 0) {
      limited.computeIfAbsent(key.name(), name -> new LongAdder()).increment();
      throw new HttpProblem(
          429,
          "key: " + key.name() + " asks too often (expected: within its rate)",
          (int) Math.min(3_600, Math.ceil(seconds)));
    }
  }

  private static Optional<String> secret(ServerRequest request) {
    Optional<String> authorization =
        request
            .headers()
            .first(HeaderNames.AUTHORIZATION)
            .filter(text -> text.regionMatches(true, 0, BEARER, 0, BEARER.length()))
            .map(text -> text.substring(BEARER.length()).strip());
    return authorization.isPresent()
        ? authorization
        : request.headers().first(API_KEY).map(String::strip);
  }

  /** Requests by the name of their key. */
  Map<String, Long> asked() {
    return sums(asked);
  }

  /** Those of them that were told to come again. */
  Map<String, Long> limited() {
    return sums(limited);
  }

  private static Map<String, Long> sums(Map<String, LongAdder> counts) {
    Map<String, Long> sums = new TreeMap<>();
    counts.forEach((name, count) -> sums.put(name, count.sum()));
    return sums;
  }
}
