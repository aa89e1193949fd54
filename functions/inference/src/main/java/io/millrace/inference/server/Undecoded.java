package io.millrace.inference.server;

import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import io.helidon.http.encoding.ContentDecoder;
import io.helidon.http.encoding.ContentEncoder;
import io.helidon.http.encoding.ContentEncoding;
import io.helidon.webserver.http.DirectHandlers;
import io.millrace.inference.protocol.Invocations;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Hands bodies through as they came: {@link Bodies} decompresses, as it counts what comes out.
 * Helidon alone would refuse an encoding it does not know without saying why.
 */
final class Undecoded implements ContentEncoding {
  /** Failures that Helidon sees before any handler, in our shape. */
  static DirectHandlers failures() {
    DirectHandlers.Builder handlers = DirectHandlers.builder();
    for (DirectHandler.EventType type : DirectHandler.EventType.values()) {
      handlers.addHandler(type, Undecoded::failure);
    }
    return handlers.build();
  }

  private static DirectHandler.TransportResponse failure(
      DirectHandler.TransportRequest request,
      DirectHandler.EventType type,
      Status status,
      ServerResponseHeaders headers,
      @Nullable String message) {
    String why = message == null || message.isBlank() ? status.reasonPhrase() : message;
    String told =
        status.code() < 500
            ? "request: " + why + " (expected: HTTP as in RFC 9110)"
            : "server: a defect, see its log (expected: an answer)";
    return DirectHandler.TransportResponse.builder()
        .status(status)
        .headers(headers)
        .header(HeaderNames.CONTENT_TYPE, "application/json")
        .keepAlive(type.keepAlive())
        .entity(Invocations.error(told))
        .build();
  }

  @Override
  public Set<String> ids() {
    return Set.of("gzip", "x-gzip", "deflate", "br", "zstd", "compress");
  }

  @Override
  public boolean supportsEncoding() {
    return false;
  }

  @Override
  public boolean supportsDecoding() {
    return true;
  }

  @Override
  public ContentDecoder decoder() {
    return ContentDecoder.NO_OP;
  }

  @Override
  public ContentEncoder encoder() {
    return ContentEncoder.NO_OP;
  }

  @Override
  public String name() {
    return "undecoded";
  }

  @Override
  public String type() {
    return "undecoded";
  }
}
