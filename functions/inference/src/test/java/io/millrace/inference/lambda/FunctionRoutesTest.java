package io.millrace.inference.lambda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.inference.log.TrafficPart;
import io.millrace.inference.model.TestPackages;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The paths, fronts, keys, lines and the log of a function. */
class FunctionRoutesTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final double EXPECTED = TestPackages.expected(50, 1500.0, "berlin", 0);
  private static final String ROW =
      "{\"instances\":[{\"age\":50,\"income\":1500,\"city\":\"berlin\"}]}";
  private static final String TENSORS =
      "{\"id\":\"mine\",\"inputs\":["
          + "{\"name\":\"age\",\"shape\":[1],\"datatype\":\"FP64\",\"data\":[50]},"
          + "{\"name\":\"income\",\"shape\":[1],\"datatype\":\"FP64\",\"data\":[1500]},"
          + "{\"name\":\"city\",\"shape\":[1],\"datatype\":\"BYTES\",\"data\":[\"berlin\"]}]}";

  /** SHA-256 of {@code open sesame}. */
  private static final String HASH =
      "41ef4bb0b23661e66301aac36066912dac037827b4ae63a7b1165a5aa93ed4eb";

  @TempDir Path dir;
  private final Map<String, String> environment = new HashMap<>();
  private final List<String> lines = new ArrayList<>();
  private InferenceHandler handler;

  @BeforeEach
  void publish() throws IOException {
    Path model = TestPackages.linear(Files.createDirectory(dir.resolve("model")));
    environment.put(FunctionConfig.PACKAGE, model.toString());
    environment.put(FunctionConfig.VERSION, "7");
    environment.put(FunctionConfig.ENDPOINT, "risk");
  }

  private byte[] raw(byte[] event) throws IOException {
    if (handler == null) {
      handler = new InferenceHandler(environment, lines::add);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    handler.handleRequest(new ByteArrayInputStream(event), out, null);
    return out.toByteArray();
  }

  private JsonNode url(String method, String path, String body, Map<String, String> headers)
      throws IOException {
    ObjectNode event = JSON.createObjectNode().put("version", "2.0").put("rawPath", path);
    event.put("body", body);
    headers.forEach(event.putObject("headers")::put);
    event.putObject("requestContext").putObject("http").put("method", method).put("path", path);
    return JSON.readTree(raw(JSON.writeValueAsBytes(event)));
  }

  private JsonNode body(JsonNode answer) throws IOException {
    return JSON.readTree(answer.path("body").asText());
  }

  @Test
  void openInference_answersAsTheServerDoes() throws IOException {
    JsonNode answer = url("POST", "/v2/models/risk/infer", TENSORS, Map.of());
    assertThat(answer.path("statusCode").asInt()).as(answer.toString()).isEqualTo(200);
    assertThat(body(answer).path("id").asText()).isEqualTo("mine");
    assertThat(body(answer).path("model_version").asText()).isEqualTo("7");
    assertThat(body(answer).path("outputs").get(0).path("data").get(0).asDouble())
        .isCloseTo(EXPECTED, within(1e-6));
    // the model's own name and its version do as well
    assertThat(status("POST", "/v2/models/credit/versions/7/infer", TENSORS)).isEqualTo(200);
    JsonNode direct = JSON.readTree(raw(TENSORS.getBytes(StandardCharsets.UTF_8)));
    assertThat(direct.path("outputs").get(0).path("data").get(0).asDouble())
        .isCloseTo(EXPECTED, within(1e-6));
  }

  private int status(String method, String path, String body) throws IOException {
    return url(method, path, body, Map.of()).path("statusCode").asInt();
  }

  @Test
  void paths_sayWhatIsThereAndWhatIsNot() throws IOException {
    assertThat(status("GET", "/ping", "")).isEqualTo(200);
    assertThat(status("GET", "/v2/health/live", "")).isEqualTo(200);
    assertThat(status("GET", "/v2/health/ready", "")).isEqualTo(200);
    assertThat(body(url("GET", "/v2/models/risk", "", Map.of())).path("inputs")).hasSize(3);
    assertThat(status("GET", "/v2/models/risk/ready", "")).isEqualTo(200);
    assertThat(status("GET", "/v2/models/risk/versions/8", "")).isEqualTo(404);
    assertThat(status("GET", "/v2/models/other", "")).isEqualTo(404);
    assertThat(status("POST", "/admin/stats", "")).isEqualTo(404);
    assertThat(status("GET", "/../etc/passwd", "")).isEqualTo(404);
    JsonNode get = url("GET", "/invocations", "", Map.of());
    assertThat(get.path("statusCode").asInt()).isEqualTo(405);
    assertThat(get.path("headers").path("allow").asText()).isEqualTo("POST");
    JsonNode zipped = url("POST", "/invocations", ROW, Map.of("Content-Encoding", "gzip"));
    assertThat(zipped.path("statusCode").asInt()).isEqualTo(415);
    assertThat(body(url("POST", "/x", "", Map.of())).path("error").asText())
        .startsWith("path: /x (expected: /invocations");
  }

  @Test
  void keys_areAskedForOfUrlsOnly() throws IOException {
    environment.put(FunctionConfig.KEYS, HASH);
    JsonNode none = url("POST", "/invocations", ROW, Map.of());
    assertThat(none.path("statusCode").asInt()).isEqualTo(401);
    assertThat(none.path("headers").path("www-authenticate").asText()).isEqualTo("Bearer");
    assertThat(allowed(Map.of("authorization", "Bearer open sesame"))).isTrue();
    assertThat(allowed(Map.of("X-Api-Key", "open sesame"))).isTrue();
    assertThat(allowed(Map.of("x-api-key", "open"))).isFalse();
    assertThat(allowed(Map.of("x-api-key", ""))).isFalse();
    assertThat(status("GET", "/v2/health/ready", "")).isEqualTo(200);
    assertThat(JSON.readTree(raw(ROW.getBytes(StandardCharsets.UTF_8))).path("version").asInt())
        .isEqualTo(7);
  }

  private boolean allowed(Map<String, String> headers) throws IOException {
    return url("POST", "/invocations", ROW, headers).path("statusCode").asInt() == 200;
  }

  @Test
  void aLoadBalancersEvent_isAnsweredInItsForm() throws IOException {
    ObjectNode event =
        JSON.createObjectNode().put("httpMethod", "POST").put("path", "/invocations");
    event.put("body", ROW).put("isBase64Encoded", false);
    event.putObject("requestContext").putObject("elb").put("targetGroupArn", "arn:…");
    event.putObject("multiValueHeaders").putArray("x-request-id").add("first").add("last");
    JsonNode answer = JSON.readTree(raw(JSON.writeValueAsBytes(event)));
    assertThat(answer.path("statusCode").asInt()).isEqualTo(200);
    assertThat(answer.path("statusDescription").asText()).isEqualTo("200 OK");
    assertThat(answer.has("headers")).isFalse();
    assertThat(answer.path("multiValueHeaders").path("x-request-id").get(0).asText())
        .isEqualTo("last");
    event.remove("multiValueHeaders");
    event.putObject("headers").put("content-type", "application/json");
    answer = JSON.readTree(raw(JSON.writeValueAsBytes(event)));
    assertThat(answer.path("headers").path("x-millrace-version").asText()).isEqualTo("7");
  }

  @Test
  void everyCall_isOneLineThatIsAMetricTooAndHoldsNoValue() throws IOException {
    url("POST", "/invocations", ROW, Map.of("x-request-id", "r-1"));
    url("POST", "/invocations", "{\"instances\":[{\"age\":500}]}", Map.of("x-request-id", "a b"));
    assertThat(lines).hasSize(2);
    JsonNode first = JSON.readTree(lines.getFirst());
    assertThat(lines.getFirst()).doesNotContain("\n").doesNotContain("berlin");
    assertThat(first.path("requestId").asText()).isEqualTo("r-1");
    assertThat(first.path("endpoint").asText()).isEqualTo("risk");
    assertThat(first.path("version").asText()).isEqualTo("7");
    assertThat(first.path("coldStart").asInt()).isEqualTo(1);
    assertThat(first.path("initMillis").asLong()).isPositive();
    assertThat(first.path("rows").asInt()).isEqualTo(1);
    JsonNode directive = first.path("_aws").path("CloudWatchMetrics").get(0);
    assertThat(directive.path("Namespace").asText()).isEqualTo("Millrace");
    directive
        .path("Metrics")
        .forEach(
            metric -> assertThat(first.path(metric.path("Name").asText()).isNumber()).isTrue());
    JsonNode second = JSON.readTree(lines.get(1));
    assertThat(second.path("status").asInt()).isEqualTo(400);
    assertThat(second.path("coldStart").asInt()).isZero();
    assertThat(second.path("refused").asInt()).isEqualTo(1);
    // an id that cannot be a header is not taken over
    assertThat(second.path("requestId").asText()).doesNotContain(" ");
  }

  @Test
  void answers_areInTheLogAndItsTraffic() throws IOException {
    Path log = dir.resolve("log");
    environment.put(FunctionConfig.LOG_URI, "file:" + log);
    url("POST", "/invocations", ROW, Map.of());
    url("POST", "/invocations", "{\"instances\":[{\"age\":500}]}", Map.of());
    assertThat(handler.close()).isTrue();
    List<Path> files;
    try (Stream<Path> all = Files.walk(log)) {
      files = all.filter(Files::isRegularFile).toList();
    }
    assertThat(files).anyMatch(f -> f.toString().endsWith(".jsonl.gz"));
    assertThat(files).anyMatch(f -> f.toString().endsWith(".profile.json"));
    long requests = 0;
    long invalid = 0;
    for (Path file : files) {
      if (file.toString().endsWith(TrafficPart.ENDING)) {
        for (TrafficPart.Second second : TrafficPart.fromJson(Files.readAllBytes(file)).seconds()) {
          requests += second.requests();
          invalid += second.invalid();
        }
      }
    }
    assertThat(requests).isEqualTo(2);
    assertThat(invalid).isEqualTo(1);
  }

  /** 2,000 events made of pieces of sound ones: an answer each, never a failure. */
  @Test
  void fuzzedEvents_areRefusedOrAnswered() throws IOException {
    Random random = new Random(20_260_301);
    String[] seeds = {
      ROW,
      TENSORS,
      "{\"rawPath\":\"/v2/models/risk/infer\",\"requestContext\":{\"http\":{\"method\":\"POST\"}},"
          + "\"headers\":{\"content-type\":\"text/csv\"},\"body\":\"age,income\\n1,2\"}"
    };
    String alphabet = "{}[]\",:\\0.9eE-+ntfu \u0000\u00e9%/";
    for (int i = 0; i < 2_000; i++) {
      StringBuilder text = new StringBuilder(seeds[random.nextInt(seeds.length)]);
      for (int edit = random.nextInt(6); edit >= 0; edit--) {
        int at = random.nextInt(text.length());
        char letter = alphabet.charAt(random.nextInt(alphabet.length()));
        switch (random.nextInt(3)) {
          case 0 -> text.setCharAt(at, letter);
          case 1 -> text.insert(at, letter);
          default -> text.deleteCharAt(at);
        }
      }
      JsonNode answer = JSON.readTree(raw(text.toString().getBytes(StandardCharsets.UTF_8)));
      assertThat(answer.isObject()).as(text.toString()).isTrue();
      assertThat(answer.path("statusCode").asInt(200)).as(text.toString()).isLessThan(500);
    }
  }

  @Test
  void anEnvironmentThatIsWrong_failsTheStartAndSaysWhy() {
    assertThat(problem(FunctionConfig.VERSION, "seven"))
        .isEqualTo("MILLRACE_VERSION: seven (expected: a whole number)");
    assertThat(problem(FunctionConfig.KEYS, "open sesame"))
        .contains("MILLRACE_KEYS_SHA256")
        .doesNotContain("sesame");
  }

  private String problem(String name, String value) {
    try {
      FunctionConfig.of(Map.of(name, value));
      return "";
    } catch (IllegalArgumentException e) {
      return String.valueOf(e.getMessage());
    }
  }
}
