package io.millrace.inference.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.inference.client.Call;
import io.millrace.inference.client.CallFailed;
import io.millrace.inference.client.ClientConfig;
import io.millrace.inference.client.InputTensor;
import io.millrace.inference.client.ModelClient;
import io.millrace.inference.client.Scored;
import io.millrace.inference.client.TensorAnswer;
import io.millrace.inference.model.TestPackages;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClientOfServerTest {
  @TempDir Path dir;

  private static Map<String, Object> row(Object age, Object income, String city) {
    Map<String, Object> row = new HashMap<>();
    row.put("age", age);
    row.put("income", income);
    row.put("city", city);
    return row;
  }

  private static final List<InputTensor> TENSORS =
      List.of(
          InputTensor.wholes("age", 50, 20),
          InputTensor.numbers("income", 1500, Double.NaN),
          InputTensor.texts("city", "berlin", "rome"));

  private static void agrees(ModelClient client) {
    double first = TestPackages.expected(50, 1500.0, "berlin", 0);
    double second = TestPackages.expected(20, null, "rome", 0);
    Scored scored = client.predict(List.of(row(50, 1500, "berlin"), row(20, null, "rome")));
    assertThat(scored.predictions().get(0).score()).isCloseTo(first, within(1e-6));
    assertThat(scored.predictions().get(1).score()).isCloseTo(second, within(1e-6));
    assertThat(scored.predictions().get(1).label()).isEqualTo("0");
    TensorAnswer answer = client.infer(TENSORS, OptionalInt.of(1), Call.of("r-9"));
    assertThat(answer.requestId()).isEqualTo("r-9");
    assertThat(answer.version()).isEqualTo(1);
    assertThat(answer.outputs().get("score").numbers()[0]).isCloseTo(first, within(1e-6));
    assertThat(answer.outputs().get("score").numbers()[1]).isCloseTo(second, within(1e-6));
    assertThat(answer.outputs().get("prediction").values()).isEqualTo(List.of("1", "0"));
    assertThat(client.ready()).isTrue();
  }

  @Test
  void rowsAndTensors_asJsonAndAsBytes_getTheSameScores() {
    try (TestServer server =
        new TestServer().version(1, TestPackages.linear(dir)).want(1, 1, 1.0).start()) {
      ClientConfig config =
          ClientConfig.of(URI.create("http://127.0.0.1:" + server.server.port()), "credit");
      try (ModelClient json = new ModelClient(config);
          ModelClient bytes = new ModelClient(config.withBinary(true))) {
        agrees(json);
        agrees(bytes);
        assertThatThrownBy(() -> json.predict(List.of(row("x", 1, "berlin"))))
            .isInstanceOfSatisfying(CallFailed.class, e -> assertThat(e.refused()).isTrue())
            .hasMessage("age: \"x\" (expected: a number in 0..120)");
        assertThatThrownBy(() -> json.infer(TENSORS, OptionalInt.of(9), Call.NEW))
            .hasMessage("version: 9 (expected: one of [1])");
        json.flush();
      }
      assertThat(server.sink.lines()).hasSize(8);
    }
  }

  @Test
  void overTls_http2AndHttp11AnswerTheSame_andAStrangersCertificateIsRefused() throws Exception {
    TlsFiles tls = TestTls.in(dir.resolve("tls"));
    String key = ApiKeys.generate();
    ApiKeys keys = ApiKeys.of(List.of(ApiKeys.line("shop", key)));
    try (TestServer server =
        new TestServer(config -> config.withTls(tls).withKeys(keys))
            .version(1, TestPackages.linear(dir.resolve("v1")))
            .want(1, 1, 1.0)
            .start()) {
      ClientConfig config =
          ClientConfig.of(URI.create("https://localhost:" + server.server.port()), "credit")
              .withApiKey(key)
              .withAttempts(1);
      try (ModelClient trusting = new ModelClient(config.withAuthorities(tls.certificates()));
          ModelClient other = new ModelClient(config)) {
        agrees(trusting);
        assertThatThrownBy(() -> other.predict(List.of(row(50, 1, "rome"))))
            .isInstanceOf(CallFailed.class)
            .hasMessageContaining("does not answer");
      }
      try (HttpClient http = HttpClient.newBuilder().sslContext(HealthCheck.context(tls)).build()) {
        for (HttpClient.Version version : HttpClient.Version.values()) {
          HttpRequest request =
              HttpRequest.newBuilder(config.endpoint().resolve("/v2/models/credit"))
                  .header("x-api-key", key)
                  .version(version)
                  .build();
          HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
          assertThat(response.statusCode()).isEqualTo(200);
          assertThat(response.version()).isEqualTo(version);
          HttpRequest keyless =
              HttpRequest.newBuilder(config.endpoint().resolve("/invocations"))
                  .version(version)
                  .POST(HttpRequest.BodyPublishers.ofString("{}"))
                  .build();
          assertThat(http.send(keyless, HttpResponse.BodyHandlers.ofString()).statusCode())
              .isEqualTo(401);
        }
      }
      assertThat(new HealthCheck(server.server.port(), tls).ready()).isTrue();
      assertThat(new HealthCheck(server.server.port(), null).ready()).isFalse();
    }
  }

  @Test
  void filesThatAreNoTls_areToldByName() throws Exception {
    Path nothing = java.nio.file.Files.writeString(dir.resolve("nothing.pem"), "nothing");
    assertThatThrownBy(() -> new TlsFiles(dir.resolve("away"), nothing))
        .hasMessage(
            "tls.certificates: " + dir.resolve("away") + " (expected: a readable PEM file)");
    assertThatThrownBy(() -> new TlsFiles(nothing, nothing).open())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("(expected: certificates and their PKCS #8 key in PEM)");
  }
}
