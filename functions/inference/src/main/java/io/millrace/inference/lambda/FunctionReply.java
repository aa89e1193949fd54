package io.millrace.inference.lambda;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.inference.protocol.Invocations;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;

/**
 * An answer before it is put into the form its front wants.
 *
 * @param status as HTTP has it
 * @param body JSON, UTF-8; with tensors' bytes behind it when {@code bytes}
 * @param bytes whether the body is more than text
 * @param headers beside the content type
 * @param rows answered; 0 of anything but scores
 */
@SuppressWarnings("ArrayRecordComponent") // written once, never compared
record FunctionReply(
    int status, byte[] body, boolean bytes, Map<String, String> headers, int rows) {
  private static final JsonFactory JSON = new JsonFactory();

  static FunctionReply of(byte[] body) {
    return new FunctionReply(200, body, false, Map.of(), 0);
  }

  static FunctionReply scores(byte[] body, int rows) {
    return new FunctionReply(200, body, false, Map.of(), rows);
  }

  static FunctionReply problem(int status, String message) {
    return new FunctionReply(status, Invocations.error(message), false, Map.of(), 0);
  }

  FunctionReply with(String name, String value) {
    Map<String, String> all = new TreeMap<>(headers);
    all.put(name, value);
    return new FunctionReply(status, body, bytes, all, rows);
  }

  /** With tensors' bytes behind so many bytes of JSON. */
  FunctionReply binary(int headerLength) {
    FunctionReply named = with("inference-header-content-length", Integer.toString(headerLength));
    return new FunctionReply(status, body, true, named.headers(), rows);
  }

  /**
   * The bytes for the platform: a direct call gets the body itself, or {@code
   * {"status":400,"error":…}}; a front gets status, headers and body as its integration has them.
   */
  byte[] to(FunctionEvent.Front front) {
    if (front == FunctionEvent.Front.DIRECT && status == 200 && !bytes) {
      return body;
    }
    ByteArrayOutputStream whole = new ByteArrayOutputStream(body.length + 256);
    try (JsonGenerator out = JSON.createGenerator(whole)) {
      out.writeStartObject();
      if (front == FunctionEvent.Front.DIRECT) {
        out.writeNumberField("status", status);
        String error = new String(body, StandardCharsets.UTF_8);
        // the body is {"error":…}: its one field goes on beside the status
        out.writeRaw("," + error.substring(1, error.length() - 1));
      } else {
        http(out, front);
      }
      out.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory only
    }
    return whole.toByteArray();
  }

  private void http(JsonGenerator out, FunctionEvent.Front front) throws IOException {
    out.writeNumberField("statusCode", status);
    if (front != FunctionEvent.Front.URL) {
      out.writeStringField("statusDescription", status + " " + reason());
    }
    boolean multi = front == FunctionEvent.Front.BALANCER_MULTI;
    out.writeObjectFieldStart(multi ? "multiValueHeaders" : "headers");
    header(out, multi, "content-type", bytes ? "application/octet-stream" : "application/json");
    for (Map.Entry<String, String> header : headers.entrySet()) {
      header(out, multi, header.getKey(), header.getValue());
    }
    out.writeEndObject();
    out.writeStringField(
        "body",
        bytes
            ? Base64.getEncoder().encodeToString(body)
            : new String(body, StandardCharsets.UTF_8));
    out.writeBooleanField("isBase64Encoded", bytes);
  }

  private static void header(JsonGenerator out, boolean multi, String name, String value)
      throws IOException {
    if (multi) {
      out.writeArrayFieldStart(name);
      out.writeString(value);
      out.writeEndArray();
    } else {
      out.writeStringField(name, value);
    }
  }

  private String reason() {
    return switch (status) {
      case 200 -> "OK";
      case 400 -> "Bad Request";
      case 401 -> "Unauthorized";
      case 404 -> "Not Found";
      case 405 -> "Method Not Allowed";
      case 413 -> "Content Too Large";
      case 415 -> "Unsupported Media Type";
      default -> "Error";
    };
  }
}
