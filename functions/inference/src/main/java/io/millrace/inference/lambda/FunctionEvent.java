package io.millrace.inference.lambda;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.inference.protocol.RequestMalformed;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a function was called with: an event of a function URL or an HTTP API (payload version 2),
 * of a load balancer or a REST API (version 1), or, with none of these, a body by itself.
 *
 * @param method of HTTP; {@code POST} of a direct call
 * @param path without a query; {@code /invocations} or {@code /infer} of a direct call, by its
 *     fields
 * @param headers by their names in lower case, the last of several
 * @param requestId the front's own; null when it has none
 */
@SuppressWarnings("ArrayRecordComponent") // the bytes as they came, made and read here
record FunctionEvent(
    Front front,
    String method,
    String path,
    Map<String, String> headers,
    byte[] body,
    @Nullable String requestId) {
  static final String INVOCATIONS = "/invocations";

  /** A direct call with tensors; over HTTP the path names the model too. */
  static final String INFER = "/infer";

  /** Who called, which decides the form of the answer. */
  enum Front {
    /** The Invoke API, with a body and nothing around it. */
    DIRECT,
    /** Function URL or HTTP API. */
    URL,
    /** Load balancer or REST API. */
    BALANCER,
    /** Load balancer with several values a header switched on: it takes no others back. */
    BALANCER_MULTI
  }

  private static final ObjectMapper JSON =
      new ObjectMapper(
          JsonFactory.builder()
              .streamReadConstraints(
                  StreamReadConstraints.builder()
                      .maxNestingDepth(64)
                      .maxStringLength(8 << 20) // an http event carries its body as one text
                      .build())
              .build());

  /**
   * @throws RequestMalformed when the bytes are no JSON object or the body cannot be decoded
   */
  static FunctionEvent read(byte[] event) {
    JsonNode root;
    try {
      root = JSON.readTree(event);
    } catch (IOException e) {
      throw new RequestMalformed("event: not JSON (expected: a JSON object)");
    }
    if (root == null || !root.isObject()) {
      throw new RequestMalformed("event: no object (expected: a JSON object)");
    }
    JsonNode context = root.path("requestContext");
    if (!context.isObject()) {
      String path = root.has("inputs") ? INFER : INVOCATIONS;
      return new FunctionEvent(Front.DIRECT, "POST", path, Map.of(), event, null);
    }
    boolean balancer = root.path("httpMethod").isTextual();
    boolean multi = root.path("multiValueHeaders").isObject() && !root.path("headers").isObject();
    Front front = !balancer ? Front.URL : multi ? Front.BALANCER_MULTI : Front.BALANCER;
    String method =
        balancer
            ? root.path("httpMethod").asText()
            : context.path("http").path("method").asText("POST");
    String path = root.path(balancer ? "path" : "rawPath").asText(INVOCATIONS);
    String requestId = context.path("requestId").asText("");
    return new FunctionEvent(
        front,
        method.toUpperCase(Locale.ROOT),
        decoded(path),
        headers(root),
        body(root),
        requestId.isEmpty() ? null : requestId);
  }

  /** HTTP fronts give the path as it was sent. */
  private static String decoded(String path) {
    try {
      return URLDecoder.decode(path.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new RequestMalformed("path: " + path + " (expected: percent-encoded UTF-8)");
    }
  }

  private static byte[] body(JsonNode root) {
    String text = root.path("body").asText("");
    try {
      return root.path("isBase64Encoded").asBoolean()
          ? Base64.getDecoder().decode(text)
          : text.getBytes(StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      // the platform encodes it; whoever calls by hand gets an answer all the same
      throw new RequestMalformed("body: not base64 (expected: base64, as isBase64Encoded says)");
    }
  }

  private static Map<String, String> headers(JsonNode root) {
    Map<String, String> headers = new TreeMap<>();
    for (Map.Entry<String, JsonNode> header : root.path("multiValueHeaders").properties()) {
      JsonNode values = header.getValue();
      if (!values.isEmpty()) {
        headers.put(
            header.getKey().toLowerCase(Locale.ROOT), values.get(values.size() - 1).asText());
      }
    }
    for (Map.Entry<String, JsonNode> header : root.path("headers").properties()) {
      headers.put(header.getKey().toLowerCase(Locale.ROOT), header.getValue().asText());
    }
    return headers;
  }

  boolean http() {
    return front != Front.DIRECT;
  }

  Optional<String> header(String name) {
    return Optional.ofNullable(headers.get(name)).map(String::strip);
  }
}
