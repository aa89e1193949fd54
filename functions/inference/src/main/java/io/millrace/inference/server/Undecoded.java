package io.millrace.inference.server;

import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.Headers;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import io.helidon.http.encoding.ContentDecoder;
import io.helidon.http.encoding.ContentEncoder;
import io.helidon.http.encoding.ContentEncodingContext;
import io.helidon.http.encoding.ContentEncodingContextConfig;
import io.helidon.webserver.http.DirectHandlers;
import io.millrace.inference.protocol.Invocations;
import org.jspecify.annotations.Nullable;

/**
 * Hands bodies through as they came, whatever encoding they say they have: {@link Bodies}
 * decompresses, as it counts what comes out, and refuses what it does not know. Helidon alone would
 * refuse it before the body is read, and close the connection on a client that still sends: the
 * answer would be lost.
 */
final class Undecoded implements ContentEncodingContext {
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
  public boolean contentEncodingEnabled() {
    return false;
  }

  @Override
  public boolean contentDecodingEnabled() {
    return true;
  }

  @Override
  public boolean contentEncodingSupported(String encoding) {
    return false;
  }

  @Override
  public boolean contentDecodingSupported(String encoding) {
    return true;
  }

  @Override
  public ContentEncoder encoder(String encoding) {
    return ContentEncoder.NO_OP;
  }

  @Override
  public ContentDecoder decoder(String encoding) {
    return ContentDecoder.NO_OP;
  }

  @Override
  public ContentEncoder encoder(Headers headers) {
    return ContentEncoder.NO_OP;
  }

  @Override
  public ContentEncodingContextConfig prototype() {
    return ContentEncodingContextConfig.builder()
        .contentEncodingsDiscoverServices(false)
        .buildPrototype();
  }
}
