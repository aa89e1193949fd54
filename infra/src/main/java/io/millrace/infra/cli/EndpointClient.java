package io.millrace.infra.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.activities.deploy.Endpoints;
import io.millrace.activities.store.ObjectStore;
import io.millrace.workflows.ref.Checks;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Talks to a model's endpoint as any user does. */
final class EndpointClient implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();
  private final String model;
  private final URI base;

  private EndpointClient(String model, URI base) {
    this.model = model;
    this.base = base;
  }

  /** Of the model's endpoint, as the store knows it. */
  static EndpointClient open(ObjectStore store, String model) {
    return new EndpointClient(model, url(store, model));
  }

  static URI url(ObjectStore store, String model) {
    return new Endpoints(store)
        .find(Checks.name("NAME", model))
        .map(endpoint -> URI.create(endpoint.url()))
        .orElseThrow(
            () -> CliFailure.bad("NAME: " + model + " (expected: a model that is deployed)"));
  }

  URI base() {
    return base;
  }

  /** Names of the features, in the model's order. */
  List<String> features() {
    JsonNode described = send(request("/v2/models/" + model).GET().build());
    List<String> names = new ArrayList<>();
    described
        .path("inputs")
        .forEach(
            input -> {
              String name = input.path("name").asText();
              if (!name.equals("id")) {
                names.add(name);
              }
            });
    return names;
  }

  JsonNode invoke(String contentType, String body) {
    return send(
        request("/invocations")
            .header("Content-Type", contentType)
            .POST(HttpRequest.BodyPublishers.ofString(body, StandardCharsets.UTF_8))
            .build());
  }

  /** Writes the open parts of the prediction log. */
  void flush() {
    send(request("/admin/flush").POST(HttpRequest.BodyPublishers.noBody()).build());
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(base.resolve(path)).timeout(PATIENCE);
  }

  private JsonNode send(HttpRequest request) {
    try {
      HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
      String body = answer.body() == null ? "" : answer.body();
      if (answer.statusCode() / 100 == 2) {
        return body.isBlank()
            ? PayloadJson.mapper().createObjectNode()
            : withVersion(PayloadJson.mapper().readTree(body), answer);
      }
      throw new CliFailure(
          answer.statusCode() / 100 == 4 ? ExitCode.BAD_INPUT : ExitCode.FAILED,
          request.uri() + " answered " + answer.statusCode() + ": " + message(body));
    } catch (IOException e) {
      throw new CliFailure(
          ExitCode.FAILED,
          "endpoint: " + base + " does not answer (expected: infra/millrace up): " + e,
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CliFailure(ExitCode.FAILED, "interrupted while " + base + " answered", e);
    }
  }

  private static JsonNode withVersion(JsonNode answer, HttpResponse<String> response) {
    if (answer instanceof ObjectNode object && !object.has("version")) {
      response
          .headers()
          .firstValue("x-millrace-version")
          .ifPresent(version -> object.put("version", version));
    }
    return answer;
  }

  private static String message(String body) {
    try {
      JsonNode tree = PayloadJson.mapper().readTree(body);
      if (tree.path("error").isTextual()) {
        return tree.path("error").asText();
      }
    } catch (IOException e) {
      // then as it is
    }
    return body.length() <= 500 ? body : body.substring(0, 499) + "…";
  }

  @Override
  public void close() {
    http.shutdownNow();
    http.close();
  }
}
