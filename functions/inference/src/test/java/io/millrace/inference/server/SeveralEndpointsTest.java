package io.millrace.inference.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.inference.client.Call;
import io.millrace.inference.client.CallFailed;
import io.millrace.inference.client.ClientConfig;
import io.millrace.inference.client.ModelClient;
import io.millrace.inference.log.MemorySink;
import io.millrace.inference.model.PackageFiles;
import io.millrace.inference.model.TestPackages;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SeveralEndpointsTest {
  @TempDir Path dir;
  private final MemorySink sink = new MemorySink();
  private final AtomicReference<DesiredState> houses = new AtomicReference<>();
  private ModelServer server;
  private Path credit;
  private Path price;

  @BeforeEach
  void start() {
    credit = TestPackages.linear(dir.resolve("credit"));
    price = TestPackages.regression(dir.resolve("price"));
    DesiredState loans = state("loans", version(7, "credit", credit, 1));
    houses.set(state("houses", version(1, "price", price, 1)));
    server =
        new ModelServer(
                ServerConfig.of("loans", 0),
                Map.of(
                    "loans",
                    () -> Optional.of(loans),
                    "houses",
                    () -> Optional.ofNullable(houses.get())),
                (prefix, digest) -> dir.resolve(prefix),
                sink)
            .start();
  }

  @AfterEach
  void stop() {
    server.stop();
  }

  private static DesiredState state(String endpoint, DesiredState.Version... versions) {
    return new DesiredState(1, endpoint, List.of(versions));
  }

  private static DesiredState.Version version(
      int number, String prefix, Path place, double weight) {
    return new DesiredState.Version(number, prefix, PackageFiles.digest(place), weight);
  }

  private ModelClient client(String model) {
    return new ModelClient(
        ClientConfig.of(URI.create("http://127.0.0.1:" + server.port()), model).withAttempts(1));
  }

  @Test
  void everyEndpoint_answersForItself() {
    try (ModelClient loans = client("loans");
        ModelClient houses = client("houses");
        ModelClient byModel = client("price")) {
      assertThat(
              loans.predict(List.of(Map.of("age", 50, "income", 1500, "city", "berlin"))).version())
          .isEqualTo(7);
      List<Map<String, Integer>> house = List.of(Map.of("x0", 1, "x1", 1));
      assertThat(houses.predict(house).predictions().getFirst().score()).isEqualTo(8.0);
      assertThat(byModel.predict(house).model()).isEqualTo("price");
      assertThat(houses.metadata().path("name").asText()).isEqualTo("houses");
    }
    server.stop();
    assertThat(sink.lines())
        .extracting(line -> line.path("source").asText())
        .containsExactlyInAnyOrder("/endpoints/loans", "/endpoints/houses", "/endpoints/houses");
  }

  @Test
  void anInvocationThatNamesNone_isToldTheNames() throws Exception {
    HttpResponse<String> response = post("/invocations", "{\"instances\":[{\"x0\":1,\"x1\":1}]}");
    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(response.body())
        .contains("x-millrace-model: missing (expected: one of loans, houses)");
    try (ModelClient other = client("boats")) {
      assertThatThrownBy(
              () -> other.invoke("text/csv", "a\n1\n".getBytes(StandardCharsets.UTF_8), Call.NEW))
          .isInstanceOf(CallFailed.class)
          .hasMessage("model: boats (expected: loans, houses)");
    }
  }

  private HttpResponse<String> post(String path, String body)
      throws IOException, InterruptedException {
    try (HttpClient http = HttpClient.newHttpClient()) {
      return http.send(
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
              .POST(HttpRequest.BodyPublishers.ofString(body))
              .build(),
          HttpResponse.BodyHandlers.ofString());
    }
  }

  @Test
  void admin_isByEndpoint_andTheIndexListsThemAll() throws Exception {
    houses.set(
        new DesiredState(
            2,
            "houses",
            List.of(version(1, "price", price, 0.5), version(2, "price", price, 0.5))));
    JsonNode state = json(post("/admin/reload?endpoint=houses", ""));
    assertThat(state.path("weights").toString()).isEqualTo("{\"1\":0.5,\"2\":0.5}");
    JsonNode index = json(post("/v2/repository/index", ""));
    assertThat(index).hasSize(3);
    assertThat(index.findValuesAsText("name")).containsExactly("loans", "houses", "houses");
    assertThat(index.findValuesAsText("version")).containsExactly("7", "1", "2");
    assertThat(json(post("/admin/reload?endpoint=boats", "")).path("error").asText())
        .isEqualTo("endpoint: boats (expected: loans, houses)");
  }

  private static JsonNode json(HttpResponse<String> response) throws IOException {
    return new ObjectMapper().readTree(response.body());
  }
}
