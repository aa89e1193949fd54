package io.millrace.events.event;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A request over HTTP: of a function URL or an HTTP API (payload 2.0), of a REST API (1.0), or of a
 * load balancer.
 *
 * @param query decoded; the first value of each name
 * @param headers by lower-case name
 * @param person who the gateway's authoriser says is calling; null when there is none or it does
 *     not say
 */
@SuppressWarnings("ArrayRecordComponent") // the bytes as they came, made and read here
public record HttpCall(
    String method,
    Map<String, String> query,
    Map<String, String> headers,
    byte[] body,
    @Nullable String person) {

  /**
   * Empty for any other event.
   *
   * @throws EventInvalid when the body or the query cannot be decoded
   */
  public static Optional<HttpCall> of(JsonNode event) {
    JsonNode context = event.path("requestContext");
    String method = event.path("httpMethod").asText(context.path("http").path("method").asText(""));
    if (!context.isObject() || method.isEmpty()) {
      return Optional.empty();
    }
    Map<String, String> headers = new HashMap<>();
    texts(event.path("headers"))
        .forEach((name, value) -> headers.put(name.toLowerCase(Locale.ROOT), value));
    return Optional.of(
        new HttpCall(
            method.toUpperCase(Locale.ROOT),
            query(event, context.has("elb")),
            headers,
            body(event),
            person(context.path("authorizer"))));
  }

  /** Without its parameters, lower case; empty when it was not said. */
  public String contentType() {
    return headers
        .getOrDefault("content-type", "")
        .split(";", 2)[0]
        .strip()
        .toLowerCase(Locale.ROOT);
  }

  /** The body as UTF-8 text. */
  public String text() {
    return new String(body, StandardCharsets.UTF_8);
  }

  /** A body as a browser's form sends it. */
  public Map<String, String> form() {
    return decoded(text());
  }

  private static Map<String, String> query(JsonNode event, boolean raw) {
    if (event.has("rawQueryString")) {
      return decoded(event.path("rawQueryString").asText());
    }
    Map<String, String> query = texts(event.path("queryStringParameters"));
    // a load balancer passes them on as they came
    if (raw) {
      query.replaceAll((name, value) -> decode(value));
    }
    return query;
  }

  private static Map<String, String> decoded(String pairs) {
    Map<String, String> values = new HashMap<>();
    for (String pair : pairs.split("&")) {
      int equals = pair.indexOf('=');
      if (equals > 0) {
        values.putIfAbsent(decode(pair.substring(0, equals)), decode(pair.substring(equals + 1)));
      }
    }
    return values;
  }

  private static String decode(String text) {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new EventInvalid("query: not to be decoded (expected: as a form encodes it)");
    }
  }

  private static Map<String, String> texts(JsonNode object) {
    Map<String, String> texts = new HashMap<>();
    object.properties().forEach(field -> texts.put(field.getKey(), field.getValue().asText()));
    return texts;
  }

  private static byte[] body(JsonNode event) {
    String text = event.path("body").asText("");
    try {
      return event.path("isBase64Encoded").asBoolean()
          ? Base64.getDecoder().decode(text)
          : text.getBytes(StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new EventInvalid("body: not base64 (expected: base64, as isBase64Encoded says)");
    }
  }

  private static @Nullable String person(JsonNode authorizer) {
    JsonNode claims = authorizer.path("jwt").path("claims");
    if (claims.isMissingNode()) {
      claims = authorizer.path("claims");
    }
    for (String claim : new String[] {"email", "preferred_username", "sub"}) {
      String value = claims.path(claim).asText("");
      if (!value.isBlank()) {
        return value;
      }
    }
    return null;
  }
}
