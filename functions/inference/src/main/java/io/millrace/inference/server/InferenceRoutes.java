package io.millrace.inference.server;

import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.millrace.inference.protocol.Answer;
import io.millrace.inference.protocol.Invocations;
import io.millrace.inference.protocol.Metadata;
import io.millrace.inference.protocol.OpenInference;
import io.millrace.inference.runtime.Rows;
import java.util.ArrayList;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Scoring over HTTP: Open Inference Protocol v2 and {@code /invocations}. */
final class InferenceRoutes implements HttpService {
  private final ServerConfig config;
  private final Fleet fleet;
  private final Scoring scoring;
  private final Bodies bodies;
  private final Answers answers;

  InferenceRoutes(
      ServerConfig config, Fleet fleet, Scoring scoring, Bodies bodies, Answers answers) {
    this.config = config;
    this.fleet = fleet;
    this.scoring = scoring;
    this.bodies = bodies;
    this.answers = answers;
  }

  @Override
  public void routing(HttpRules rules) {
    rules
        .post("/invocations", answers.guard(this::invocations))
        .post("/v2/models/{model}/infer", answers.guard(this::infer))
        .post("/v2/models/{model}/versions/{version}/infer", answers.guard(this::infer))
        .get("/v2/models/{model}", answers.guard(this::metadata))
        .get("/v2/models/{model}/versions/{version}", answers.guard(this::metadata))
        .get("/v2/models/{model}/ready", answers.guard(this::ready))
        .get("/v2/models/{model}/versions/{version}/ready", answers.guard(this::ready));
  }

  private void invocations(ServerRequest request, ServerResponse response) {
    String requestId = Answers.requestId(request).orElseGet(Answers::newRequestId);
    String type = request.headers().first(HeaderNames.CONTENT_TYPE).orElse("application/json");
    try (Bodies.Body body = bodies.read(request)) {
      response.header(Answers.REQUEST_ID, requestId);
      send(
          response,
          scoring.answer(
              requestId,
              new Scoring.Protocol() {
                @Override
                public Rows read(Backend backend) {
                  return Invocations.read(
                      body.bytes(), type, backend.runtime().schema(), config.maxRows());
                }

                @Override
                public byte[] write(Answer answer) {
                  return Invocations.write(answer);
                }
              }));
    }
  }

  private void infer(ServerRequest request, ServerResponse response) {
    checkModel(request);
    if (request.headers().contains(HeaderNames.create("inference-header-content-length"))) {
      throw new HttpProblem(
          400, "inference-header-content-length: binary tensors (expected: JSON data)");
    }
    try (Bodies.Body body = bodies.read(request)) {
      String requestId = Answers.requestId(request).orElseGet(() -> bodyId(body.bytes()));
      response.header(Answers.REQUEST_ID, requestId);
      Scoring.Protocol protocol = openInference(body.bytes());
      Integer version = version(request);
      send(
          response,
          version == null
              ? scoring.answer(requestId, protocol)
              : scoring.answer(requestId, version, protocol));
    }
  }

  private static String bodyId(byte[] body) {
    return OpenInference.id(body).filter(Answers::sound).orElseGet(Answers::newRequestId);
  }

  private Scoring.Protocol openInference(byte[] body) {
    return new Scoring.Protocol() {
      private Set<String> outputs = Set.of();
      private @Nullable String id;

      @Override
      public Rows read(Backend backend) {
        OpenInference.Request read =
            OpenInference.read(body, backend.runtime().schema(), config.maxRows());
        outputs = read.outputs();
        id = read.id();
        return read.rows();
      }

      @Override
      public byte[] write(Answer answer) {
        // the protocol wants the body's id back, whatever the header says
        Answer named =
            id == null
                ? answer
                : new Answer(id, answer.manifest(), answer.version(), answer.predictions());
        return OpenInference.write(named, outputs);
      }
    };
  }

  private void send(ServerResponse response, Scoring.Answering answering) {
    response.header(Answers.VERSION, Integer.toString(answering.version()));
    answers.json(response, 200, answering.body());
  }

  private void metadata(ServerRequest request, ServerResponse response) {
    String model = checkModel(request);
    Fleet.Snapshot snapshot = fleet.snapshot();
    Backend backend = backend(request, snapshot);
    answers.json(
        response,
        200,
        Metadata.write(
            model,
            backend.runtime().manifest(),
            backend.runtime().kind().platform(),
            new ArrayList<>(snapshot.backends().keySet())));
  }

  private void ready(ServerRequest request, ServerResponse response) {
    String model = checkModel(request);
    backend(request, fleet.snapshot());
    answers.json(response, 200, AdminJson.ready(model, true));
  }

  private static Backend backend(ServerRequest request, Fleet.Snapshot snapshot) {
    Integer version = version(request);
    if (version == null) {
      return snapshot
          .heaviest()
          .orElseThrow(() -> new HttpProblem(503, "endpoint: no version is ready"));
    }
    Backend backend = snapshot.backends().get(version);
    if (backend == null) {
      throw new HttpProblem(
          404, "version: " + version + " (expected: one of " + snapshot.backends().keySet() + ")");
    }
    return backend;
  }

  /** The model may be called by the endpoint's name or by its own. */
  private String checkModel(ServerRequest request) {
    String model = request.path().pathParameters().get("model");
    if (model.equals(config.endpoint())) {
      return model;
    }
    Fleet.Snapshot snapshot = fleet.snapshot();
    boolean known =
        snapshot.backends().values().stream()
            .anyMatch(backend -> backend.runtime().manifest().model().equals(model));
    if (!known) {
      throw new HttpProblem(404, "model: " + model + " (expected: " + config.endpoint() + ")");
    }
    return model;
  }

  private static @Nullable Integer version(ServerRequest request) {
    String text = request.path().pathParameters().first("version").orElse(null);
    if (text == null) {
      return null;
    }
    if (!text.matches("[0-9]{1,9}")) {
      throw new HttpProblem(404, "version: " + text + " (expected: a whole number)");
    }
    return Integer.valueOf(text);
  }
}
