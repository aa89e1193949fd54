package io.millrace.infra.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.activities.deploy.Endpoints;
import io.millrace.activities.deploy.lambda.FunctionUrlSigner;
import io.millrace.activities.store.ObjectStore;
import io.millrace.inference.client.Call;
import io.millrace.inference.client.CallFailed;
import io.millrace.inference.client.ClientConfig;
import io.millrace.inference.client.ModelClient;
import io.millrace.workflows.ref.Checks;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Talks to a model's endpoint as any user does; what fails there is a command's failure. */
final class EndpointClient implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private final ModelClient client;
  private final URI base;

  /** A function that is called as AWS's own callers are; it writes its log by itself. */
  private final boolean function;

  private EndpointClient(ClientConfig config) {
    base = config.endpoint();
    function = FunctionUrlSigner.knows(base);
    client =
        function && config.apiKey() == null
            ? new ModelClient(config, new FunctionUrlSigner())
            : new ModelClient(config);
  }

  /** Of the model's endpoint, as the store knows it. */
  static EndpointClient open(ObjectStore store, String model) {
    return open(ClientConfig.of(url(store, model), model).withDeadline(PATIENCE));
  }

  static EndpointClient open(ClientConfig config) {
    return new EndpointClient(config);
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
    JsonNode described = told(client::metadata);
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
    return invoke(contentType, body, Call.NEW);
  }

  JsonNode invoke(String contentType, String body, Call call) {
    return told(() -> client.invoke(contentType, body.getBytes(StandardCharsets.UTF_8), call));
  }

  /** Writes the open parts of the prediction log; a function's are written within seconds. */
  void flush() {
    if (function) {
      return;
    }
    told(
        () -> {
          client.flush();
          return true;
        });
  }

  private <T> T told(Supplier<T> asked) {
    try {
      return asked.get();
    } catch (CallFailed e) {
      if (e.status() == 0) {
        throw new CliFailure(
            ExitCode.FAILED, "endpoint: " + e.getMessage() + " (expected: infra/millrace up)", e);
      }
      throw new CliFailure(
          e.refused() ? ExitCode.BAD_INPUT : ExitCode.FAILED,
          base + " answered " + e.status() + ": " + e.getMessage(),
          e);
    }
  }

  @Override
  public void close() {
    client.close();
  }
}
