package io.millrace.inference.server;

import static io.millrace.inference.server.TestServer.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.inference.model.TestPackages;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShadowTest {
  private static final String ONE =
      "{\"instances\":[{\"age\":50,\"income\":1500,\"city\":\"berlin\"}]}";
  private static final int REQUESTS = 200;

  @TempDir Path dir;
  private TestServer server;

  @BeforeEach
  void start() {
    server =
        new TestServer()
            .version(1, TestPackages.linear(dir.resolve("v1"), 0))
            .version(2, TestPackages.linear(dir.resolve("v2"), -3))
            .version(3, TestPackages.regression(dir.resolve("v3")))
            .want(1, 1, 1.0)
            .start();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private void send(int requests) {
    for (int i = 0; i < requests; i++) {
      HttpResponse<String> response = server.post("/invocations", ONE, "x-request-id", "r-" + i);
      assertThat(response.statusCode()).isEqualTo(200);
      assertThat(response.headers().firstValue("x-millrace-version")).contains("1");
    }
  }

  /** The shadow's stats once it was asked so often. */
  private JsonNode shadow(int version, long requests) {
    long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (true) {
      for (JsonNode entry : json(server.get("/admin/stats")).path("versions")) {
        JsonNode shadow = entry.path("shadow");
        if (entry.path("version").asInt() == version
            && shadow.path("requests").asLong() + shadow.path("dropped").asLong() >= requests) {
          assertThat(entry.path("requests").asLong()).isZero();
          return shadow;
        }
      }
      assertThat(System.nanoTime()).as("the shadow is asked").isLessThan(end);
      LockSupport.parkNanos(5_000_000);
    }
  }

  @Test
  void aShadow_answersToo_andNobodySeesIt() {
    server.shadow(2, 2, 1.0, 1, 1.0);
    JsonNode state = json(server.post("/admin/reload", ""));
    assertThat(state.path("shadows").toString()).isEqualTo("{\"2\":1.0}");
    send(REQUESTS);
    JsonNode shadow = shadow(2, REQUESTS);
    long asked = shadow.path("requests").asLong();
    assertThat(asked).isPositive();
    assertThat(shadow.path("errors").asLong()).isZero();
    assertThat(shadow.path("comparedRows").asLong()).isEqualTo(asked);
    assertThat(shadow.path("sameLabel").asLong()).isZero();
    double difference =
        TestPackages.expected(50, 1500.0, "berlin", 0)
            - TestPackages.expected(50, 1500.0, "berlin", -3);
    assertThat(shadow.path("meanDifference").asDouble()).isCloseTo(difference, within(1e-5));
    assertThat(shadow.path("p99").asDouble()).isPositive();
    server.post("/admin/flush", "");
    assertThat(server.sink.keys())
        .filteredOn(key -> key.startsWith("shadow/credit/2/"))
        .isNotEmpty();
    assertThat(server.sink.keys())
        .filteredOn(key -> key.startsWith("predictions/"))
        .allMatch(key -> key.startsWith("predictions/credit/1/"));
    String metrics = server.get("/metrics").body();
    assertThat(metrics)
        .contains(
            "millrace_shadow_requests_total{endpoint=\"credit\",version=\"2\",outcome=\"ok\"} "
                + asked
                + "\n")
        .contains("millrace_requests_total{endpoint=\"credit\",version=\"2\",outcome=\"ok\"} 0\n");
  }

  @Test
  void aShare_isTheSameRequestsEachTime() {
    server.shadow(2, 2, 0.3, 1, 1.0);
    server.post("/admin/reload", "");
    long expected = 0;
    for (int i = 0; i < REQUESTS; i++) {
      expected += Fleet.point("r-" + i + "/shadow") < 0.3 ? 1 : 0;
    }
    assertThat(expected).isBetween(30L, 90L);
    send(REQUESTS);
    JsonNode shadow = shadow(2, expected);
    assertThat(shadow.path("requests").asLong() + shadow.path("dropped").asLong())
        .isEqualTo(expected);
  }

  @Test
  void aShadowOfAnotherSchema_isCountedInvalid_andDisturbsNobody() {
    server.shadow(2, 3, 1.0, 1, 1.0);
    server.post("/admin/reload", "");
    send(20);
    JsonNode shadow = shadow(3, 20);
    assertThat(shadow.path("invalid").asLong()).isEqualTo(shadow.path("requests").asLong());
    assertThat(shadow.path("comparedRows").asLong()).isZero();
  }
}
