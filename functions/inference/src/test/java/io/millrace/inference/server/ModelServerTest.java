package io.millrace.inference.server;

import static io.millrace.inference.server.TestServer.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.inference.log.PartProfile;
import io.millrace.inference.model.TestPackages;
import io.millrace.inference.profile.NumberProfile;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelServerTest {
  private static final String ROW = "{\"age\":50,\"income\":1500,\"city\":\"berlin\"}";
  private static final String ONE = "{\"instances\":[" + ROW + "]}";

  @TempDir Path dir;
  private TestServer server;

  @BeforeEach
  void start() {
    server =
        new TestServer()
            .version(1, TestPackages.linear(dir.resolve("v1"), 0))
            .version(2, TestPackages.linear(dir.resolve("v2"), 1))
            .want(1, 1, 1.0)
            .start();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private static String infer(String inputs) {
    return "{\"id\":\"call-1\",\"inputs\":[" + inputs + "]}";
  }

  private static String tensor(String name, String datatype, int rows, String data) {
    return "{\"name\":\"%s\",\"shape\":[%d],\"datatype\":\"%s\",\"data\":[%s]}"
        .formatted(name, rows, datatype, data);
  }

  private static final String TWO_ROWS =
      infer(
          tensor("age", "INT64", 2, "50,20")
              + ",{\"name\":\"income\",\"shape\":[2,1],\"datatype\":\"FP64\",\"data\":[[1500.0],[null]]},"
              + tensor("city", "BYTES", 2, "\"berlin\",\"rome\"")
              + ","
              + tensor("id", "BYTES", 2, "\"a-1\",\"a-2\""));

  @Test
  void invocations_answersInstances() {
    HttpResponse<String> response = server.post("/invocations", ONE, "x-request-id", "r-1");
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    assertThat(response.headers().firstValue("x-millrace-version")).contains("1");
    assertThat(response.headers().firstValue("x-request-id")).contains("r-1");
    JsonNode answer = json(response);
    assertThat(answer.path("id").asText()).isEqualTo("r-1");
    assertThat(answer.path("version").asInt()).isEqualTo(1);
    JsonNode prediction = answer.path("predictions").get(0);
    assertThat(prediction.path("prediction").asText()).isEqualTo("1");
    assertThat(prediction.path("score").asDouble())
        .isCloseTo(TestPackages.expected(50, 1500.0, "berlin", 0), within(1e-6));
  }

  @Test
  void invocations_answersEveryShapeAlike() {
    String expected = json(server.post("/invocations", ONE)).path("predictions").toString();
    for (String body :
        List.of(
            "{\"dataframe_records\":[" + ROW + "]}",
            "{\"instances\":[{\"__id\":7,\"city\":\"berlin\",\"age\":50.0,\"income\":1.5e3}]}",
            "{\"dataframe_split\":{\"columns\":[\"income\",\"age\",\"city\"],\"index\":[0],\"data\":[[1500,50,\"berlin\"]]}}",
            "{\"dataframe_split\":{\"data\":[[\"x\",1500,50,\"berlin\"]],\"columns\":[\"__id\",\"income\",\"age\",\"city\"]}}")) {
      assertThat(json(server.post("/invocations", body)).path("predictions").toString())
          .as(body)
          .isEqualTo(expected);
    }
    String csv = "\uFEFFage,income,city\r\n50,1500,\"berlin\"\r\n";
    HttpResponse<String> response =
        server.post("/invocations", csv, "content-type", "text/csv; charset=utf-8");
    assertThat(json(response).path("predictions").toString()).isEqualTo(expected);
  }

  @Test
  void infer_answersTheOpenInferenceProtocol() {
    HttpResponse<String> response = server.post("/v2/models/credit/infer", TWO_ROWS);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    JsonNode answer = json(response);
    assertThat(answer.path("id").asText()).isEqualTo("call-1");
    assertThat(response.headers().firstValue("x-request-id")).contains("call-1");
    assertThat(answer.path("model_name").asText()).isEqualTo("credit");
    assertThat(answer.path("model_version").asText()).isEqualTo("1");
    JsonNode score = answer.path("outputs").get(0);
    assertThat(score.path("name").asText()).isEqualTo("score");
    assertThat(score.path("datatype").asText()).isEqualTo("FP32");
    assertThat(score.path("shape").toString()).isEqualTo("[2]");
    assertThat(score.path("data").get(1).asDouble())
        .isCloseTo(TestPackages.expected(20, null, "rome", 0), within(1e-6));
    assertThat(answer.path("outputs").get(1).path("data").toString()).isEqualTo("[\"1\",\"0\"]");
    String asked = TWO_ROWS.replace("{\"id\"", "{\"outputs\":[{\"name\":\"prediction\"}],\"id\"");
    JsonNode outputs =
        json(server.post("/v2/models/credit/versions/1/infer", asked)).path("outputs");
    assertThat(outputs).hasSize(1);
    assertThat(server.post("/v2/models/credit/versions/2/infer", TWO_ROWS).statusCode())
        .isEqualTo(404);
    assertThat(json(server.post("/v2/models/other/infer", TWO_ROWS)).path("error").asText())
        .isEqualTo("model: other (expected: credit)");
  }

  @Test
  void metadataAndHealth_sayWhatTheProtocolSays() {
    JsonNode metadata = json(server.get("/v2/models/credit"));
    assertThat(metadata.path("inputs").toString())
        .isEqualTo(
            "[{\"name\":\"age\",\"datatype\":\"FP64\",\"shape\":[-1]},"
                + "{\"name\":\"income\",\"datatype\":\"FP64\",\"shape\":[-1]},"
                + "{\"name\":\"city\",\"datatype\":\"BYTES\",\"shape\":[-1]}]");
    assertThat(metadata.path("versions").toString()).isEqualTo("[\"1\"]");
    assertThat(json(server.get("/v2/health/live")).path("live").asBoolean()).isTrue();
    assertThat(json(server.get("/v2/health/ready")).path("ready").asBoolean()).isTrue();
    assertThat(server.get("/ping").statusCode()).isEqualTo(200);
    assertThat(json(server.get("/v2/models/credit/ready")).path("ready").asBoolean()).isTrue();
    assertThat(server.get("/v2/models/credit/versions/9/ready").statusCode()).isEqualTo(404);
    assertThat(json(server.get("/v2")).path("name").asText()).isEqualTo("millrace");
    assertThat(json(server.get("/nothing/here")).path("error").asText())
        .startsWith("GET /nothing/here (expected:");
  }

  @Test
  void http2_isSpokenToo() {
    try (HttpClient two = HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build()) {
      HttpResponse<String> response =
          two.send(
              server.request("/v2/health/ready").GET().build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(response.version()).isEqualTo(HttpClient.Version.HTTP_2);
      assertThat(response.statusCode()).isEqualTo(200);
    } catch (java.io.IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void theLog_hasEveryRowWithItsEntityAndAProfileBesideIt() {
    server.post("/v2/models/credit/infer", TWO_ROWS);
    server.post("/invocations", ONE, "x-request-id", "r-2");
    assertThat(json(server.post("/admin/flush", "")).path("flushed").asBoolean()).isTrue();
    List<JsonNode> lines = server.sink.lines();
    assertThat(lines)
        .extracting(line -> line.path("id").asText())
        .containsExactly("call-1#0", "call-1#1", "r-2#0");
    JsonNode second = lines.get(1);
    assertThat(second.path("specversion").asText()).isEqualTo("1.0");
    assertThat(second.path("source").asText()).isEqualTo("/endpoints/credit");
    assertThat(second.path("type").asText()).isEqualTo("io.millrace.prediction");
    JsonNode data = second.path("data");
    assertThat(data.path("entity").asText()).isEqualTo("a-2");
    assertThat(data.path("features").toString())
        .isEqualTo("{\"age\":20,\"income\":null,\"city\":\"rome\"}");
    assertThat(data.path("prediction").asText()).isEqualTo("0");
    assertThat(data.path("version").asInt()).isEqualTo(1);
    assertThat(lines.get(2).path("data").path("entity").isNull()).isTrue();
    String key = server.sink.keys().getFirst();
    assertThat(key)
        .matches(
            "predictions/credit/1/dt=\\d{4}-\\d\\d-\\d\\d/hr=\\d\\d/credit-\\w+-00000001\\.jsonl\\.gz");
    PartProfile profile = server.sink.profile(key);
    assertThat(profile.rows()).isEqualTo(3);
    NumberProfile scores = (NumberProfile) profile.profile().column("prediction").orElseThrow();
    assertThat(scores.count()).isEqualTo(3);
    assertThat(profile.profile().column("income").orElseThrow().missing()).isEqualTo(1);
  }

  @Test
  void weights_moveToANewVersionWithoutAFailedRequest_andBack() {
    JsonNode before = json(server.get("/admin/state"));
    assertThat(before.path("seq").asLong()).isEqualTo(1);
    server.want(2, 1, 0.7, 2, 0.3);
    JsonNode state = json(server.post("/admin/reload", ""));
    assertThat(state.path("seq").asLong()).isEqualTo(2);
    assertThat(state.path("weights").toString()).isEqualTo("{\"1\":0.7,\"2\":0.3}");
    assertThat(state.path("ready").toString()).isEqualTo("[1,2]");
    int second = 0;
    for (int i = 0; i < 500; i++) {
      HttpResponse<String> response = server.post("/invocations", ONE, "x-request-id", "id-" + i);
      assertThat(response.statusCode()).isEqualTo(200);
      String version = response.headers().firstValue("x-millrace-version").orElseThrow();
      second += version.equals("2") ? 1 : 0;
      assertThat(version.equals("2")).isEqualTo(Fleet.point("id-" + i) >= 0.7);
    }
    assertThat(second).isBetween(100, 200);
    JsonNode stats = json(server.get("/admin/stats?since=2020-01-01T00:00:00Z")).path("versions");
    assertThat(stats.get(0).path("requests").asInt() + stats.get(1).path("requests").asInt())
        .isEqualTo(500);
    assertThat(stats.get(1).path("version").asInt()).isEqualTo(2);
    assertThat(stats.get(1).path("errors").asInt()).isZero();
    assertThat(stats.get(1).path("p99").asDouble()).isPositive();
    assertThat(stats.get(1).path("scores")).hasSize(20);
    assertThat(
            stats.get(1).path("scores").get(14).asInt()
                + stats.get(1).path("scores").get(15).asInt())
        .as(stats.toString())
        .isLessThanOrEqualTo(second);
    server.want(3, 1, 1.0);
    assertThat(json(server.post("/admin/reload", "")).path("ready").toString()).isEqualTo("[1]");
    assertThat(server.post("/v2/models/credit/versions/2/infer", TWO_ROWS).statusCode())
        .isEqualTo(404);
  }

  @Test
  void aVersionThatCannotBeLoaded_leavesTheOneBefore() {
    server.version(3, TestPackages.linear(dir.resolve("v3"), 3));
    server.packages.remove("v3");
    server.want(2, 3, 1.0);
    JsonNode state = json(server.post("/admin/reload", ""));
    assertThat(state.path("seq").asLong()).isEqualTo(1);
    assertThat(state.path("wanted").asLong()).isEqualTo(2);
    assertThat(state.path("problems").path("3").asText()).isEqualTo("v3: not there");
    assertThat(server.post("/invocations", ONE).headers().firstValue("x-millrace-version"))
        .contains("1");
    server.packages.put("v3", dir.resolve("v3"));
    state = json(server.post("/admin/reload", ""));
    assertThat(state.path("seq").asLong()).isEqualTo(2);
    assertThat(server.post("/invocations", ONE).headers().firstValue("x-millrace-version"))
        .contains("3");
  }

  @Test
  void aPackageOfAnotherDigest_isNotServed() {
    server.version(4, TestPackages.linear(dir.resolve("v4"), 4));
    TestPackages.linear(dir.resolve("v4"), 5);
    server.want(2, 4, 1.0);
    JsonNode state = json(server.post("/admin/reload", ""));
    assertThat(state.path("problems").path("4").asText()).startsWith("digest: ");
  }

  @Test
  void withoutAVersion_theServerIsAliveButNotReady() {
    try (TestServer empty = new TestServer().start()) {
      assertThat(empty.get("/v2/health/live").statusCode()).isEqualTo(200);
      assertThat(empty.get("/v2/health/ready").statusCode()).isEqualTo(503);
      HttpResponse<String> response = empty.post("/invocations", ONE);
      assertThat(response.statusCode()).isEqualTo(503);
      assertThat(response.headers().firstValue("retry-after")).contains("1");
    }
  }

  @Test
  void metrics_countByVersion() {
    server.post("/invocations", ONE);
    server.post("/invocations", ONE.replace(":50", ":\"x\""));
    server.post("/invocations", "nonsense");
    String text = server.get("/metrics").body();
    assertThat(text)
        .contains("millrace_requests_total{endpoint=\"credit\",version=\"1\",outcome=\"ok\"} 1\n")
        .contains(
            "millrace_requests_total{endpoint=\"credit\",version=\"1\",outcome=\"invalid\"} 1\n")
        .contains(
            "millrace_requests_total{endpoint=\"credit\",version=\"1\",outcome=\"error\"} 0\n")
        .contains(
            "millrace_request_seconds_bucket{endpoint=\"credit\",version=\"1\",le=\"+Inf\"} 2\n")
        .contains("millrace_refused_total{endpoint=\"credit\",status=\"400\"} 2\n")
        .contains("millrace_version_weight{endpoint=\"credit\",version=\"1\"} 1.0\n")
        .contains("millrace_log_dropped_rows_total{endpoint=\"credit\"} 0\n")
        .containsPattern("process_resident_memory_bytes\\{endpoint=\"credit\"} \\d{7,}\n");
  }
}
