package io.millrace.events.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import io.millrace.events.event.EventJson;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.lambda.LambdaClient;

/** Against a server that answers as Lambda's Invoke does. */
class FunctionTargetTest {
  private final AtomicReference<URI> called = new AtomicReference<>();
  private final AtomicReference<JsonNode> event = new AtomicReference<>();
  private HttpServer server;
  private LambdaClient lambda;
  private String answer = "{}";
  private boolean failed;

  @BeforeEach
  void serve() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          called.set(exchange.getRequestURI());
          event.set(EventJson.mapper().readTree(exchange.getRequestBody()));
          if (failed) {
            exchange.getResponseHeaders().set("X-Amz-Function-Error", "Unhandled");
          }
          byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
    server.start();
    lambda =
        LambdaClient.builder()
            .endpointOverride(URI.create("http://127.0.0.1:" + server.getAddress().getPort()))
            .region(Region.US_EAST_1)
            .httpClientBuilder(UrlConnectionHttpClient.builder())
            .credentialsProvider(
                StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test")))
            .build();
  }

  @AfterEach
  void stop() {
    lambda.close();
    server.stop(0);
  }

  private JsonNode score(String type, String body) {
    return new FunctionTarget(lambda, "credit", "live")
        .score(type, body.getBytes(StandardCharsets.UTF_8), "message-1");
  }

  @Test
  void score_callsTheAliasAsAFunctionUrlWould() {
    answer =
        "{\"statusCode\":200,\"headers\":{},\"body\":\"{\\\"predictions\\\":[{\\\"score\\\":0.5}]}\"}";

    JsonNode said = score("text/csv", "x\n1\n");

    assertThat(said.path("predictions").path(0).path("score").asDouble()).isEqualTo(0.5);
    assertThat(called.get()).hasToString("/2015-03-31/functions/credit/invocations?Qualifier=live");
    assertThat(event.get().path("headers").path("content-type").asText()).isEqualTo("text/csv");
    assertThat(event.get().path("headers").path("x-request-id").asText()).isEqualTo("message-1");
    assertThat(event.get().path("requestContext").path("http").path("method").asText())
        .isEqualTo("POST");
    assertThat(event.get().path("body").asText()).isEqualTo("x\n1\n");
  }

  @Test
  void score_ofABadRow_isRefusedWithTheModelsSentence() {
    answer = "{\"statusCode\":400,\"body\":\"{\\\"error\\\":\\\"age: -1 (expected: 0..120)\\\"}\"}";

    Target.Refused refused =
        catchThrowableOfType(
            Target.Refused.class, () -> score("application/json", "{\"instances\":[]}"));
    assertThat(refused).hasMessage("age: -1 (expected: 0..120)");
    assertThat(refused.byRows()).isTrue();
  }

  @Test
  void score_byAFunctionThatFails_isNoRefusal() {
    failed = true;
    answer = "{\"errorMessage\":\"out of memory\"}";

    assertThatThrownBy(() -> score("application/json", "{}"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(
            "function credit:live failed (expected: an answer): {\"errorMessage\"");
  }
}
