package io.millrace.inference.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Against a server that says what the test wants; {@code ClientOfServerTest} has the real one. */
class ModelClientTest {
  private static final List<Map<String, Integer>> ROWS = List.of(Map.of("x", 1));
  private static final String ANSWER =
      "{\"id\":\"r\",\"model\":\"m\",\"predictions\":[{\"prediction\":\"yes\",\"score\":0.75}]}";

  /** One answer of the server. */
  private record Said(int status, String body, Map<String, String> headers) {}

  private final List<Said> script = new CopyOnWriteArrayList<>();
  private final List<Map<String, List<String>>> seen = new CopyOnWriteArrayList<>();
  private final List<Duration> pauses = new ArrayList<>();
  private HttpServer server;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    seen.add(Map.copyOf(exchange.getRequestHeaders()));
    exchange.getRequestBody().readAllBytes();
    Said said = script.size() > 1 ? script.removeFirst() : script.getFirst();
    if (said.status() == 0) {
      exchange.close(); // the connection is lost
      return;
    }
    said.headers().forEach(exchange.getResponseHeaders()::set);
    byte[] body = said.body().getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(said.status(), body.length == 0 ? -1 : body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  private void says(int status, String body, String... headers) {
    Map<String, String> map = headers.length == 0 ? Map.of() : Map.of(headers[0], headers[1]);
    script.add(new Said(status, body, map));
  }

  private ClientConfig config() {
    return ClientConfig.of(URI.create("http://127.0.0.1:" + server.getAddress().getPort()), "m");
  }

  private ModelClient client(ClientConfig config) {
    return new ModelClient(config, new Retries(Clock.systemUTC(), new Random(1)), pauses::add);
  }

  @Test
  void predict_givesLabelsAndScores_andSendsWhatTheCallSays() {
    says(200, ANSWER, "x-millrace-version", "3");
    String parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    try (ModelClient client = client(config().withApiKey("secret"))) {
      Scored scored = client.predict(ROWS, Call.of("r-1").withTraceparent(parent));
      assertThat(scored.version()).isEqualTo(3);
      assertThat(scored.predictions())
          .containsExactly(new Scored.Prediction("yes", 0.75, List.of()));
    }
    assertThat(seen.getFirst())
        .containsEntry("X-request-id", List.of("r-1"))
        .containsEntry("Traceparent", List.of(parent))
        .containsEntry("Authorization", List.of("Bearer secret"))
        .containsEntry("X-millrace-model", List.of("m"));
    assertThat(config().withApiKey("secret").toString()).doesNotContain("secret");
  }

  @Test
  void anAnswerThatSaysNotNow_isAskedForAgain_withTheSameRequestId() {
    says(503, "{\"error\":\"busy\"}");
    says(429, "{\"error\":\"too often\"}", "retry-after", "3");
    says(0, "");
    says(200, ANSWER);
    try (ModelClient client = client(config().withDeadline(Duration.ofSeconds(60)))) {
      assertThat(client.predict(ROWS).predictions()).hasSize(1);
    }
    assertThat(seen).hasSize(4);
    assertThat(seen.stream().map(headers -> headers.get("X-request-id")).distinct()).hasSize(1);
    assertThat(pauses).hasSize(3);
    assertThat(pauses.get(0)).isBetween(Duration.ofMillis(1), Duration.ofMillis(50));
    assertThat(pauses.get(1)).isBetween(Duration.ofSeconds(3), Duration.ofMillis(3_100));
  }

  @Test
  void aRetryAfterBeyondTheDeadline_endsTheCallAtOnce() {
    says(503, "{\"error\":\"busy\"}", "retry-after", "30");
    try (ModelClient client = client(config())) {
      assertThatThrownBy(() -> client.predict(ROWS))
          .isInstanceOfSatisfying(
              CallFailed.class,
              e -> {
                assertThat(e.status()).isEqualTo(503);
                assertThat(e.attempts()).isEqualTo(1);
                assertThat(e.refused()).isFalse();
              })
          .hasMessage("busy");
    }
    assertThat(pauses).isEmpty();
  }

  @Test
  void attempts_areBounded() {
    says(502, "bad gateway");
    try (ModelClient client = client(config().withAttempts(3))) {
      assertThatThrownBy(() -> client.predict(ROWS))
          .isInstanceOfSatisfying(CallFailed.class, e -> assertThat(e.attempts()).isEqualTo(3))
          .hasMessage("bad gateway");
    }
    assertThat(seen).hasSize(3);
  }

  @Test
  void aRequestThatIsAtFault_isNotSentAgain() {
    says(400, "{\"error\":\"x: \\\"a\\\" (expected: a number)\"}");
    try (ModelClient client = client(config())) {
      assertThatThrownBy(() -> client.predict(ROWS))
          .isInstanceOfSatisfying(CallFailed.class, e -> assertThat(e.refused()).isTrue())
          .hasMessage("x: \"a\" (expected: a number)");
    }
    assertThat(seen).hasSize(1);
  }

  @Test
  void nobodyThere_isStatus0() {
    ClientConfig config = config().withAttempts(2);
    server.stop(0);
    try (ModelClient client = client(config)) {
      assertThatThrownBy(() -> client.predict(ROWS))
          .isInstanceOfSatisfying(CallFailed.class, e -> assertThat(e.status()).isZero())
          .hasMessageContaining("does not answer");
      assertThat(client.ready()).isFalse();
    }
  }

  @Test
  void retryAfter_isSecondsOrADate() {
    Instant now = Instant.parse("2026-01-31T12:00:00Z");
    Retries retries = new Retries(Clock.fixed(now, ZoneOffset.UTC), new Random(1));
    Duration dated = retries.pause(1, Optional.of("Sat, 31 Jan 2026 12:00:07 GMT"));
    assertThat(dated).isBetween(Duration.ofSeconds(7), Duration.ofMillis(7_100));
    assertThat(retries.pause(1, Optional.of("soon"))).isLessThan(Duration.ofMillis(60));
    assertThat(retries.pause(1, Optional.of("-5"))).isLessThan(Duration.ofMillis(60));
    assertThat(retries.pause(20, Optional.empty())).isLessThan(Duration.ofMillis(2_001));
  }

  @Test
  void settingsThatAreWrong_areToldByName() {
    assertThatThrownBy(() -> ClientConfig.of(URI.create("ftp://x"), "m"))
        .hasMessage("endpoint: ftp://x (expected: http://host:port or https://host:port)");
    assertThatThrownBy(() -> ClientConfig.of(URI.create("http://x"), "a/b"))
        .hasMessage("model: a/b (expected: letters, digits, '.', '_', '-')");
    assertThatThrownBy(() -> config().withDeadline(Duration.ZERO))
        .hasMessage("deadline: PT0S (expected: > 0)");
    assertThatThrownBy(() -> config().withApiKey("a\nb"))
        .hasMessage("apiKey: (hidden) (expected: 1..512 printable characters without spaces)");
    assertThatThrownBy(() -> Call.of("a b")).hasMessageStartingWith("requestId: a b (expected: ");
  }
}
