package io.millrace.events.event;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.TreeMap;

/**
 * An answer over HTTP, as every kind of {@link HttpCall} wants it.
 *
 * @param headers besides the content type
 */
public record HttpReply(int status, String contentType, String body, Map<String, String> headers) {
  /** JSON. */
  public static HttpReply json(int status, Object body) {
    return new HttpReply(
        status,
        "application/json",
        new String(EventJson.bytes(body), java.nio.charset.StandardCharsets.UTF_8),
        Map.of());
  }

  /** {@code {"error": …}}. */
  public static HttpReply error(int status, String message) {
    return json(status, Map.of("error", message));
  }

  public byte[] bytes() {
    ObjectNode node = EventJson.mapper().createObjectNode().put("statusCode", status);
    ObjectNode all = node.putObject("headers").put("content-type", contentType);
    new TreeMap<>(headers).forEach(all::put);
    node.put("body", body).put("isBase64Encoded", false);
    return EventJson.bytes(node);
  }
}
