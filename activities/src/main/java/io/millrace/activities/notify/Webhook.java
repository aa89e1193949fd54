package io.millrace.activities.notify;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.notify.NotifyActivities;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Posts a notification as one CloudEvents 1.0 event in structured JSON mode. The header {@value
 * #SIGNATURE} is {@code sha256=} and the hex HMAC-SHA256 (RFC 2104) of the body under the
 * receiver's key. The event carries no time, so that a repeat has the same bytes and the same
 * signature.
 */
final class Webhook {
  static final String SIGNATURE = "X-Millrace-Signature";

  /** Long enough for a receiver that starts cold, short enough for three tries in a minute. */
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private final HttpClient client =
      HttpClient.newBuilder()
          .connectTimeout(Duration.ofSeconds(5))
          // a signed body goes to the receiver that the spec names and to nobody else
          .followRedirects(HttpClient.Redirect.NEVER)
          .build();

  /**
   * @param key signs the body; null sends no signature
   * @return what went wrong, without the URL's path, which is often a secret; empty when delivered
   */
  Optional<String> post(
      String url, byte @Nullable [] key, NotifyActivities.Notification notification) {
    URI uri = uri(url);
    String receiver = "webhook at " + uri.getHost();
    byte[] body = event(notification);
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri)
            .timeout(TIMEOUT)
            .header("Content-Type", "application/cloudevents+json; charset=utf-8")
            .POST(HttpRequest.BodyPublishers.ofByteArray(body));
    if (key != null) {
      request.header(SIGNATURE, "sha256=" + sign(key, body));
    }
    try {
      int status =
          client.send(request.build(), HttpResponse.BodyHandlers.discarding()).statusCode();
      return status / 100 == 2
          ? Optional.empty()
          : Optional.of(receiver + ": HTTP " + status + " (expected: 2xx)");
    } catch (IOException e) {
      return Optional.of(
          receiver + ": " + e.getClass().getSimpleName() + " (expected: an answer within 10 s)");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.of(receiver + ": interrupted (expected: an answer)");
    }
  }

  static byte[] event(NotifyActivities.Notification notification) {
    Map<String, Object> data =
        Map.of(
            "severity", notification.severity(),
            "title", notification.title(),
            "text", notification.text(),
            "facts", new TreeMap<>(notification.facts()));
    Map<String, Object> event = new TreeMap<>();
    event.put("specversion", "1.0");
    event.put("id", notification.key());
    event.put("source", "/millrace/models/" + notification.model());
    event.put("subject", notification.model());
    event.put("type", notification.type());
    event.put("datacontenttype", "application/json");
    event.put("data", data);
    try {
      return PayloadJson.mapper().writeValueAsBytes(event);
    } catch (JsonProcessingException e) {
      throw Failures.of(FailureType.INVARIANT_BROKEN, e, "notification: cannot be written as JSON");
    }
  }

  static String sign(byte[] key, byte[] body) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return HexFormat.of().formatHex(mac.doFinal(body));
    } catch (GeneralSecurityException e) {
      throw Failures.of(FailureType.INVARIANT_BROKEN, e, "HmacSHA256: not to be had");
    }
  }

  private static URI uri(String url) {
    try {
      URI uri = URI.create(url);
      if (uri.getHost() != null
          && ("https".equals(uri.getScheme()) || "http".equals(uri.getScheme()))) {
        return uri;
      }
    } catch (IllegalArgumentException e) {
      // the exception's text holds the URL, which may be a secret: not kept as the cause
    }
    throw Failures.of(
        FailureType.CONFIG_INVALID,
        "watch.notify.webhook: " + url.length() + " characters (expected: an http(s) URL)");
  }
}
