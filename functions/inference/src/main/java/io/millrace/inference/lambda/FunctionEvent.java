package io.millrace.inference.lambda;

import com.fasterxml.jackson.core.JsonToken;
import io.millrace.inference.protocol.JsonInput;
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

  /** An http event carries its body as one text. */
  private static final JsonInput.Limits LIMITS = new JsonInput.Limits(64, 8 << 20, 50_000);

  /**
   * @throws RequestMalformed when the bytes are no JSON object or the body cannot be decoded
   */
  static FunctionEvent read(byte[] event) {
    Parts parts = new Parts();
    try (JsonInput in = JsonInput.Parser.GSON.open(event, event.length, LIMITS)) {
      if (in.nextToken() != JsonToken.START_OBJECT) {
        throw new RequestMalformed("event: no object (expected: a JSON object)");
      }
      parts.read(in);
    } catch (IOException e) {
      throw new RequestMalformed("event: not JSON (expected: a JSON object)");
    }
    if (!parts.context) {
      String path = parts.inputs ? INFER : INVOCATIONS;
      return new FunctionEvent(Front.DIRECT, "POST", path, Map.of(), event, null);
    }
    boolean balancer = parts.httpMethod != null;
    boolean multi = parts.manyHeaders != null && parts.headers == null;
    Front front = !balancer ? Front.URL : multi ? Front.BALANCER_MULTI : Front.BALANCER;
    String method = balancer ? parts.httpMethod : parts.contextMethod;
    String path = balancer ? parts.path : parts.rawPath;
    return new FunctionEvent(
        front,
        method == null ? "POST" : method.toUpperCase(Locale.ROOT),
        decoded(path == null ? INVOCATIONS : path),
        parts.allHeaders(),
        body(parts),
        parts.requestId == null || parts.requestId.isEmpty() ? null : parts.requestId);
  }

  /** What is read of an event, as a stream: a tree of it would cost a start more than the model. */
  private static final class Parts {
    private boolean context;
    private boolean inputs;
    private boolean base64;
    private @Nullable String httpMethod;
    private @Nullable String contextMethod;
    private @Nullable String requestId;
    private @Nullable String path;
    private @Nullable String rawPath;
    private @Nullable String body;
    private @Nullable Map<String, String> headers;
    private @Nullable Map<String, String> manyHeaders;

    void read(JsonInput in) throws IOException {
      while (in.nextToken() == JsonToken.FIELD_NAME) {
        String name = in.currentName();
        JsonToken value = in.nextToken();
        switch (name) {
          case "requestContext" -> {
            context = value == JsonToken.START_OBJECT;
            context(in);
          }
          case "inputs" -> {
            inputs = true;
            in.skipChildren();
          }
          case "httpMethod" ->
              httpMethod = value == JsonToken.VALUE_STRING ? in.getText() : skipped(in);
          case "path" -> path = text(in);
          case "rawPath" -> rawPath = text(in);
          case "body" -> body = text(in);
          case "isBase64Encoded" -> {
            base64 = value == JsonToken.VALUE_TRUE;
            in.skipChildren();
          }
          case "headers" -> headers = headers(in);
          case "multiValueHeaders" -> manyHeaders = headers(in);
          default -> in.skipChildren();
        }
      }
    }

    private void context(JsonInput in) throws IOException {
      if (in.currentToken() != JsonToken.START_OBJECT) {
        in.skipChildren();
        return;
      }
      while (in.nextToken() == JsonToken.FIELD_NAME) {
        String name = in.currentName();
        JsonToken value = in.nextToken();
        if (name.equals("requestId")) {
          requestId = text(in);
        } else if (name.equals("http") && value == JsonToken.START_OBJECT) {
          while (in.nextToken() == JsonToken.FIELD_NAME) {
            boolean method = in.currentName().equals("method");
            in.nextToken();
            String text = text(in);
            contextMethod = method ? text : contextMethod;
          }
        } else {
          in.skipChildren();
        }
      }
    }

    /** Names in lower case; of several values the last. Null for anything but an object. */
    private static @Nullable Map<String, String> headers(JsonInput in) throws IOException {
      if (in.currentToken() != JsonToken.START_OBJECT) {
        in.skipChildren();
        return null;
      }
      Map<String, String> headers = new TreeMap<>();
      while (in.nextToken() == JsonToken.FIELD_NAME) {
        String name = in.currentName().toLowerCase(Locale.ROOT);
        if (in.nextToken() != JsonToken.START_ARRAY) {
          String text = text(in);
          headers.put(name, text == null ? "" : text);
          continue;
        }
        while (in.nextToken() != JsonToken.END_ARRAY) {
          String text = text(in);
          headers.put(name, text == null ? "" : text);
        }
      }
      return headers;
    }

    Map<String, String> allHeaders() {
      Map<String, String> all = new TreeMap<>();
      if (manyHeaders != null) {
        all.putAll(manyHeaders);
      }
      if (headers != null) {
        all.putAll(headers);
      }
      return all;
    }

    /** The scalar at hand as text; null of null, of a list or of an object, which are skipped. */
    private static @Nullable String text(JsonInput in) throws IOException {
      JsonToken token = in.currentToken();
      return token.isScalarValue() && token != JsonToken.VALUE_NULL ? in.getText() : skipped(in);
    }

    private static @Nullable String skipped(JsonInput in) throws IOException {
      in.skipChildren();
      return null;
    }
  }

  /** HTTP fronts give the path as it was sent. */
  private static String decoded(String path) {
    try {
      return URLDecoder.decode(path.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new RequestMalformed("path: " + path + " (expected: percent-encoded UTF-8)");
    }
  }

  private static byte[] body(Parts parts) {
    String text = parts.body == null ? "" : parts.body;
    try {
      return parts.base64
          ? Base64.getDecoder().decode(text)
          : text.getBytes(StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      // the platform encodes it; whoever calls by hand gets an answer all the same
      throw new RequestMalformed("body: not base64 (expected: base64, as isBase64Encoded says)");
    }
  }

  boolean http() {
    return front != Front.DIRECT;
  }

  Optional<String> header(String name) {
    return Optional.ofNullable(headers.get(name)).map(String::strip);
  }
}
