package io.millrace.inference.lambda;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.inference.protocol.RequestMalformed;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a function was called with.
 *
 * @param http true for an event of a function URL or API gateway, which wants a status back
 * @param contentType of the body; null when it was not said
 */
@SuppressWarnings("ArrayRecordComponent") // the bytes as they came, made and read here
record FunctionEvent(byte[] body, @Nullable String contentType, boolean http) {
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
    if (!root.path("requestContext").isObject()) {
      return new FunctionEvent(event, null, false);
    }
    String text = root.path("body").asText("");
    byte[] body;
    try {
      body =
          root.path("isBase64Encoded").asBoolean()
              ? Base64.getDecoder().decode(text)
              : text.getBytes(StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      // the platform encodes it; whoever calls by hand gets an answer all the same
      throw new RequestMalformed("body: not base64 (expected: base64, as isBase64Encoded says)");
    }
    return new FunctionEvent(body, contentType(root.path("headers")), true);
  }

  private static @Nullable String contentType(JsonNode headers) {
    for (Map.Entry<String, JsonNode> header : headers.properties()) {
      if (header.getKey().equalsIgnoreCase("content-type")) {
        return header.getValue().asText();
      }
    }
    return null;
  }

  /** The answer to an http event. */
  static byte[] http(int status, byte[] body, String requestId, int version) {
    ObjectNode node = JSON.createObjectNode().put("statusCode", status);
    ObjectNode headers = node.putObject("headers").put("content-type", "application/json");
    headers.put("x-request-id", requestId);
    if (version > 0) {
      headers.put("x-millrace-version", Integer.toString(version));
    }
    node.put("body", new String(body, StandardCharsets.UTF_8)).put("isBase64Encoded", false);
    return bytes(node);
  }

  /** A failure as the answer to a direct call. */
  static byte[] direct(int status, String message) {
    return bytes(JSON.createObjectNode().put("status", status).put("error", message));
  }

  private static byte[] bytes(ObjectNode node) {
    try {
      return JSON.writeValueAsBytes(node);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e); // plain values
    }
  }
}
