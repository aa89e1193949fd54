package io.millrace.inference.server;

import static io.millrace.inference.server.TestServer.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.inference.model.TestPackages;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AccessTest {
  private static final String ONE =
      "{\"instances\":[{\"age\":50,\"income\":1500,\"city\":\"berlin\"}]}";

  @TempDir Path dir;

  private TestServer server(String... lines) {
    ApiKeys keys = ApiKeys.of(List.of(lines));
    return new TestServer(config -> config.withKeys(keys))
        .version(1, TestPackages.linear(dir))
        .want(1, 1, 1.0)
        .start();
  }

  private static HttpResponse<String> ask(TestServer server, String key) {
    return server.post("/invocations", ONE, "authorization", "Bearer " + key);
  }

  @Test
  void aServerWithKeys_answersOnlyThem() {
    String key = ApiKeys.generate();
    try (TestServer server = server(ApiKeys.line("shop", key))) {
      assertThat(ask(server, key).statusCode()).isEqualTo(200);
      assertThat(server.post("/invocations", ONE, "x-api-key", key).statusCode()).isEqualTo(200);
      HttpResponse<String> without = server.post("/invocations", ONE);
      assertThat(without.statusCode()).isEqualTo(401);
      assertThat(without.headers().firstValue("www-authenticate")).contains("Bearer");
      assertThat(json(without).path("error").asText())
          .isEqualTo(
              "key: missing or unknown (expected: Authorization: Bearer KEY, or x-api-key: KEY)");
      assertThat(ask(server, key + "x").statusCode()).isEqualTo(401);
      assertThat(server.get("/v2/models/credit").statusCode()).isEqualTo(401);
      assertThat(server.get("/metrics").statusCode()).isEqualTo(401);
      // a load balancer has no key
      assertThat(server.get("/v2/health/ready").statusCode()).isEqualTo(200);
      assertThat(server.get("/v2/health/live").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void adminPaths_wantAKeyOfAnAdmin() {
    String plain = ApiKeys.generate();
    String admin = ApiKeys.generate();
    try (TestServer server =
        server(ApiKeys.line("shop", plain), ApiKeys.line("ops", admin) + " admin")) {
      HttpResponse<String> refused =
          server.send(
              server.request("/admin/state").header("authorization", "Bearer " + plain).GET());
      assertThat(refused.statusCode()).isEqualTo(403);
      assertThat(json(refused).path("error").asText())
          .isEqualTo("key: shop (expected: a key of an admin)");
      HttpResponse<String> answered =
          server.send(
              server.request("/admin/state").header("authorization", "Bearer " + admin).GET());
      assertThat(answered.statusCode()).isEqualTo(200);
    }
  }

  @Test
  void aKeyOverItsRate_isToldWhenToComeAgain_andOthersAreNot() {
    String slow = ApiKeys.generate();
    String free = ApiKeys.generate();
    try (TestServer server =
        server(ApiKeys.line("slow", slow) + " rate=0.01 burst=2", ApiKeys.line("free", free))) {
      assertThat(ask(server, slow).statusCode()).isEqualTo(200);
      assertThat(ask(server, slow).statusCode()).isEqualTo(200);
      HttpResponse<String> third = ask(server, slow);
      assertThat(third.statusCode()).isEqualTo(429);
      assertThat(third.headers().firstValue("retry-after").map(Integer::valueOf).orElseThrow())
          .isBetween(1, 100);
      assertThat(ask(server, free).statusCode()).isEqualTo(200);
      String metrics =
          server
              .send(server.request("/metrics").header("authorization", "Bearer " + free).GET())
              .body();
      assertThat(metrics)
          .contains("millrace_key_requests_total{key=\"slow\"} 3\n")
          .contains("millrace_key_limited_total{key=\"slow\"} 1\n")
          .doesNotContain(slow);
    }
  }

  @Test
  void aBucket_fillsAtItsRate() {
    long second = 1_000_000_000;
    TokenBucket bucket = new TokenBucket(2, 1, 0);
    assertThat(bucket.take(0)).isZero();
    assertThat(bucket.take(0)).isEqualTo(0.5);
    assertThat(bucket.take(second / 2)).isZero();
    assertThat(bucket.take(second)).isZero();
    assertThat(bucket.take(100 * second)).isZero();
    assertThat(bucket.take(100 * second)).isEqualTo(0.5);
  }

  @Test
  void aFileThatIsWrong_opensNothing() throws IOException {
    Path file = dir.resolve("keys");
    Files.writeString(file, "# nobody yet\n\n");
    assertThatThrownBy(() -> ApiKeys.read(file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageEndingWith("has none (expected: one or more)");
    Files.writeString(file, "shop my-secret-key\n");
    assertThatThrownBy(() -> ApiKeys.read(file))
        .hasMessage("keys line 1: (expected: NAME sha256:HEX [rate=N] [burst=N] [admin])");
    String line = ApiKeys.line("shop", "k");
    assertThatThrownBy(() -> ApiKeys.of(List.of(line, line)))
        .hasMessage("keys line 2: shop again (expected: every name once)");
    assertThatThrownBy(() -> ApiKeys.of(List.of(line + " rate=-1")))
        .hasMessage("keys line 1: rate=-1 (expected: rate=N, burst=N or admin)");
    assertThatThrownBy(() -> ApiKeys.of(List.of(line + " rate=0")))
        .hasMessage("keys line 1: (expected: a rate and a burst > 0)");
    assertThat(ApiKeys.of(List.of(line)).toString()).isEqualTo("ApiKeys[shop]");
  }
}
