package io.millrace.inference.lambda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.inference.model.PackageInvalid;
import io.millrace.inference.model.TestPackages;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InferenceHandlerTest {
  private static final double EXPECTED = TestPackages.expected(50, 1500.0, "berlin", 0);

  @TempDir Path dir;
  private final List<String> lines = new ArrayList<>();

  private JsonNode call(byte[] event) throws IOException {
    TestPackages.linear(dir);
    InferenceHandler handler =
        new InferenceHandler(
            Map.of(FunctionConfig.PACKAGE, dir.toString(), FunctionConfig.VERSION, "7"),
            lines::add);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    handler.handleRequest(new ByteArrayInputStream(event), out, null);
    return new ObjectMapper().readTree(out.toByteArray());
  }

  private JsonNode event(String name) throws IOException {
    try (InputStream in = getClass().getResourceAsStream("/events/" + name)) {
      return call(Objects.requireNonNull(in, name).readAllBytes());
    }
  }

  @Test
  void aDirectCall_isAnsweredAsInvocationsAre() throws IOException {
    JsonNode answer = event("direct.json");
    assertThat(answer.path("model").asText()).isEqualTo("credit");
    assertThat(answer.path("version").asInt()).isEqualTo(7);
    assertThat(answer.path("predictions")).hasSize(2);
    assertThat(answer.path("predictions").get(0).path("score").asDouble())
        .isCloseTo(EXPECTED, within(1e-6));
    assertThat(answer.path("predictions").get(1).path("prediction").asText()).isEqualTo("0");
  }

  @Test
  void aFunctionUrlEvent_isAnsweredWithAStatus() throws IOException {
    JsonNode answer = event("function-url.json");
    assertThat(answer.path("statusCode").asInt()).isEqualTo(200);
    assertThat(answer.path("headers").path("content-type").asText()).isEqualTo("application/json");
    assertThat(answer.path("headers").path("x-millrace-version").asText()).isEqualTo("7");
    JsonNode body = new ObjectMapper().readTree(answer.path("body").asText());
    assertThat(body.path("predictions").get(0).path("score").asDouble())
        .isCloseTo(EXPECTED, within(1e-6));
  }

  @Test
  void anApiGatewayEventOfBase64Csv_isAnswered() throws IOException {
    JsonNode answer = event("api-gateway-csv.json");
    assertThat(answer.path("statusCode").asInt()).as(answer.toString()).isEqualTo(200);
    JsonNode body = new ObjectMapper().readTree(answer.path("body").asText());
    assertThat(body.path("predictions").get(0).path("score").asDouble())
        .isCloseTo(EXPECTED, within(1e-6));
  }

  @Test
  void badInput_isA400ThatNamesTheField() throws IOException {
    JsonNode http = event("function-url-invalid.json");
    assertThat(http.path("statusCode").asInt()).isEqualTo(400);
    assertThat(new ObjectMapper().readTree(http.path("body").asText()).path("error").asText())
        .isEqualTo("age: 500 (expected: a number in 0..120)");
    JsonNode direct = event("direct-invalid.json");
    assertThat(direct.path("status").asInt()).isEqualTo(400);
    assertThat(direct.path("error").asText())
        .isEqualTo("age: \"fifty\" (expected: a number in 0..120)");
    assertThat(text("nonsense")).isEqualTo("event: not JSON (expected: a JSON object)");
    assertThat(text("[]")).isEqualTo("event: no object (expected: a JSON object)");
    assertThat(text("")).startsWith("event: ");
    assertThat(text("[".repeat(10_000))).startsWith("event: ");
    assertThat(text("{\"requestContext\":{},\"isBase64Encoded\":true,\"body\":\"%\"}"))
        .startsWith("body: not base64");
    assertThat(text(" ".repeat((6 << 20) + 1))).startsWith("body: more than 6 MB");
    assertThat(text("{\"instances\":[]}")).startsWith("instances: no rows");
  }

  private String text(String event) throws IOException {
    return call(event.getBytes(StandardCharsets.UTF_8)).path("error").asText();
  }

  @Test
  void aPackageThatIsNotThere_failsTheStart() {
    Map<String, String> environment =
        Map.of(FunctionConfig.PACKAGE, dir.resolve("none").toString());
    assertThatThrownBy(() -> new InferenceHandler(environment, line -> {}))
        .isInstanceOf(PackageInvalid.class)
        .hasMessageContaining("none (expected: a folder)");
  }
}
