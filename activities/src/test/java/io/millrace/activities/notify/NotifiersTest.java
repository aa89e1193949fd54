package io.millrace.activities.notify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import io.millrace.activities.secret.Secrets;
import io.millrace.workflows.approval.ApprovalLink;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.notify.NotifyActivities.Notification;
import io.millrace.workflows.spec.WatchSpec.NotifySpec;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class NotifiersTest {
  private record Received(String signature, String contentType, byte[] body) {}

  private final List<Received> received = new CopyOnWriteArrayList<>();
  private final Notifiers notifiers = new Notifiers(new Secrets(Map.of("HOOK_KEY", "topsecret")));
  private HttpServer server;
  private volatile int status = 202;

  @BeforeEach
  void listen() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/token-in-path",
        exchange -> {
          received.add(
              new Received(
                  exchange.getRequestHeaders().getFirst(Webhook.SIGNATURE),
                  exchange.getRequestHeaders().getFirst("Content-Type"),
                  exchange.getRequestBody().readAllBytes()));
          exchange.sendResponseHeaders(status, -1);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  @Test
  void send_toAWebhook_postsASignedCloudEvent() throws IOException {
    notifiers.send(notification(new NotifySpec(url(), "secret:env:HOOK_KEY", null)));
    Received got = received.getFirst();
    JsonNode event = PayloadJson.mapper().readTree(got.body());
    assertThat(got.contentType()).startsWith("application/cloudevents+json");
    assertThat(event.get("specversion").asText()).isEqualTo("1.0");
    assertThat(event.get("id").asText()).isEqualTo("check-7");
    assertThat(event.get("type").asText()).isEqualTo("io.millrace.drift");
    assertThat(event.at("/data/facts/columns").asText()).isEqualTo("car_value");
    assertThat(got.signature())
        .isEqualTo(
            "sha256=" + Webhook.sign("topsecret".getBytes(StandardCharsets.UTF_8), got.body()));
  }

  @Test
  void sign_ofTheDocumentedVector_isHmacSha256() {
    // RFC 4231, test case 2
    assertThat(
            Webhook.sign(
                "Jefe".getBytes(StandardCharsets.UTF_8),
                "what do ya want for nothing?".getBytes(StandardCharsets.UTF_8)))
        .isEqualTo("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  }

  @Test
  void send_again_sendsTheSameBytes() {
    Notification notification = notification(new NotifySpec(url(), "secret:env:HOOK_KEY", null));
    notifiers.send(notification);
    notifiers.send(notification);
    assertThat(received.get(1).body()).isEqualTo(received.get(0).body());
    assertThat(received.get(1).signature()).isEqualTo(received.get(0).signature());
  }

  @Test
  void send_whenTheReceiverAnswers500_failsWithoutShowingTheUrl() {
    status = 500;
    assertThatThrownBy(() -> notifiers.send(notification(new NotifySpec(url(), null, null))))
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.NOTIFY_FAILED))
        .hasMessageContaining("HTTP 500 (expected: 2xx)")
        .hasMessageNotContaining("token-in-path");
  }

  @Test
  void send_whenOneReceiverIsGone_stillReachesTheOther() {
    NotifySpec gone = new NotifySpec("http://127.0.0.1:1/x", null, null);
    assertThatThrownBy(() -> notifiers.send(notification(gone, new NotifySpec(url(), null, null))))
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.NOTIFY_FAILED))
        .hasMessageContaining("ConnectException");
    assertThat(received).hasSize(1);
  }

  @Test
  void send_withASecretThatIsNotSet_namesTheReference() {
    assertThatThrownBy(
            () -> notifiers.send(notification(new NotifySpec(url(), "secret:env:NOPE", null))))
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.CONFIG_INVALID))
        .hasMessageContaining("secret:env:NOPE");
    assertThat(received).isEmpty();
  }

  @Test
  void send_toSomethingThatIsNoUrl_isConfigInvalid() {
    for (String bad : List.of("file:///etc/passwd", "hooks.example.org", "http://a b")) {
      assertThatThrownBy(() -> notifiers.send(notification(new NotifySpec(bad, null, null))))
          .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.CONFIG_INVALID));
    }
  }

  private static Notification waiting(NotifySpec... receivers) {
    return new Notification(
        "credit-3-approval-owner",
        "credit",
        "io.millrace.run.waiting-approval",
        "info",
        "credit-3 waits for approval",
        "1 × owner must approve",
        Map.of(
            "workflow", "ModelPipeline:credit:3",
            "role", "owner",
            "quorum", "1",
            "expires", "2026-03-02T10:00:00Z"),
        List.of(receivers));
  }

  private Notifiers linked(String key) {
    Secrets secrets = new Secrets(Map.of("LINKS", "0123456789abcdef0123456789abcdef"));
    return new Notifiers(
        secrets, new ApprovalLinks(URI.create("https://approve.example.com/"), key, secrets));
  }

  @Test
  void send_ofAWaitingRun_carriesLinksThatAnswerForIt() throws IOException {
    linked("secret:env:LINKS").send(waiting(new NotifySpec(url(), null, null)));
    JsonNode facts =
        PayloadJson.mapper().readTree(received.getFirst().body()).path("data").path("facts");
    String query = URI.create(facts.path("approve").asText()).getRawQuery();
    Map<String, String> fields = new HashMap<>();
    for (String part : query.split("&")) {
      String[] pair = part.split("=", 2);
      fields.put(pair[0], URLDecoder.decode(pair[1], StandardCharsets.UTF_8));
    }
    ApprovalLink link =
        ApprovalLink.verified(
            fields,
            "0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.UTF_8),
            Instant.parse("2026-03-02T09:59:59Z"));

    assertThat(link.workflowId()).isEqualTo("ModelPipeline:credit:3");
    assertThat(link.role()).isEqualTo("owner");
    assertThat(link.accept()).isTrue();
    assertThat(link.expires()).isEqualTo("2026-03-02T10:00:00Z");
    assertThat(facts.path("decline").asText())
        .startsWith("https://approve.example.com/?run=ModelPipeline%3Acredit%3A3&role=owner")
        .contains("&answer=decline&");
  }

  @Test
  void send_ofAWaitingRunWithoutTheKey_tellsAllTheSame() throws IOException {
    linked("secret:env:NOT_SET").send(waiting(new NotifySpec(url(), null, null)));

    assertThat(new String(received.getFirst().body(), StandardCharsets.UTF_8))
        .contains("credit-3 waits for approval")
        .doesNotContain("decline");
  }

  @Test
  void send_ofAnotherNotification_carriesNoLinks() {
    linked("secret:env:LINKS").send(notification(new NotifySpec(url(), null, null)));

    assertThat(new String(received.getFirst().body(), StandardCharsets.UTF_8))
        .doesNotContain("sig=");
  }

  @Test
  void send_toTheLog_needsNoNetwork() {
    notifiers.send(notification(new NotifySpec(null, null, true)));
    assertThat(received).isEmpty();
  }

  private String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/token-in-path";
  }

  private static Notification notification(NotifySpec... receivers) {
    return new Notification(
        "check-7",
        "car-loan",
        "io.millrace.drift",
        "info",
        "1 column drifted",
        "car_value is not what it was.",
        Map.of("columns", "car_value"),
        List.of(receivers));
  }
}
