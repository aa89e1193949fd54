package io.millrace.inference.server;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.millrace.inference.protocol.Answer;
import io.millrace.inference.protocol.Invocations;
import io.millrace.inference.protocol.JsonInput;
import io.millrace.inference.protocol.Metadata;
import io.millrace.inference.protocol.OpenInference;
import io.millrace.inference.runtime.Rows;
import io.millrace.inference.trace.Traces;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/** Scoring over HTTP: Open Inference Protocol v2 and {@code /invocations}. */
final class InferenceRoutes implements HttpService {
  private static final HeaderName HEADER_LENGTH =
      HeaderNames.create("inference-header-content-length");
  private static final HeaderName TRACEPARENT = HeaderNames.create("traceparent");

  private final int maxRows;
  private final Traces traces;
  private final ServedEndpoints endpoints;
  private final Bodies bodies;
  private final Answers answers;
  private final Access access;

  InferenceRoutes(
      ServerConfig config,
      ServedEndpoints endpoints,
      Bodies bodies,
      Answers answers,
      Access access) {
    this.maxRows = config.limits().rows();
    this.traces = config.traces();
    this.endpoints = endpoints;
    this.bodies = bodies;
    this.answers = answers;
    this.access = access;
  }

  @Override
  public void routing(HttpRules rules) {
    String model = "/v2/models/{model}";
    String version = model + "/versions/{version}";
    Handler infer = traced("POST " + model + "/infer", this::infer);
    rules
        .post("/invocations", traced("POST /invocations", this::invocations))
        .post(model + "/infer", infer)
        .post(version + "/infer", infer)
        .get(model, guarded(this::metadata))
        .get(version, guarded(this::metadata))
        .get(model + "/ready", guarded(this::ready))
        .get(version + "/ready", guarded(this::ready));
  }

  private Handler guarded(Handler handler) {
    return answers.guard(access.any(handler));
  }

  /** A handler of scores. */
  private interface Scores {
    void handle(ServerRequest request, ServerResponse response, Traces.Span span);
  }

  private Handler traced(String name, Scores scores) {
    if (traces == Traces.OFF) {
      return guarded((request, response) -> scores.handle(request, response, Traces.Span.NONE));
    }
    Handler inside =
        (request, response) ->
            scores.handle(
                request,
                response,
                request.context().get(Traces.Span.class).orElse(Traces.Span.NONE));
    Handler guarded = guarded(inside);
    return (request, response) -> {
      String parent = request.headers().first(TRACEPARENT).orElse(null);
      Traces.Span span = traces.start(name, parent);
      request.context().register(span);
      span.set("http.request.method", "POST");
      span.set("url.path", request.path().rawPath());
      int status = 500;
      try {
        guarded.handle(request, response);
        status = response.status().code();
      } finally {
        span.end(status);
      }
    };
  }

  private void invocations(ServerRequest request, ServerResponse response, Traces.Span span) {
    Served served = endpoints.ofInvocation(request);
    String requestId = Answers.requestId(request).orElseGet(Answers::newRequestId);
    String type = request.headers().first(HeaderNames.CONTENT_TYPE).orElse("application/json");
    try (Bodies.Body body = bodies.read(request)) {
      response.header(Answers.REQUEST_ID, requestId);
      Scoring.Answering answering =
          served
              .scoring()
              .answer(
                  requestId,
                  new Scoring.Protocol() {
                    @Override
                    public Rows read(Backend backend) {
                      return Invocations.read(
                          body.bytes(),
                          type,
                          backend.runtime().schema(),
                          maxRows,
                          JsonInput.Parser.JACKSON);
                    }

                    @Override
                    public byte[] write(Answer answer) {
                      return Invocations.write(answer);
                    }
                  });
      told(served, requestId, answering, response, span);
      answers.json(response, 200, answering.body());
    }
  }

  private void infer(ServerRequest request, ServerResponse response, Traces.Span span) {
    Served served = endpoints.ofModel(request.path().pathParameters().get("model"));
    Integer version = version(request);
    try (Bodies.Body read = bodies.read(request)) {
      OpenInference.Body body =
          OpenInference.body(read.bytes(), request.headers().first(HEADER_LENGTH).orElse(null));
      String requestId = Answers.requestId(request).orElseGet(() -> bodyId(body));
      response.header(Answers.REQUEST_ID, requestId);
      Tensors protocol = new Tensors(body, maxRows);
      Scoring.Answering answering =
          version == null
              ? served.scoring().answer(requestId, protocol)
              : served.scoring().answer(requestId, version, protocol);
      told(served, requestId, answering, response, span);
      if (protocol.headerLength() < 0) {
        answers.json(response, 200, answering.body());
      } else {
        response.header(HEADER_LENGTH, Integer.toString(protocol.headerLength()));
        answers.text(response, 200, "application/octet-stream", answering.body());
      }
    }
  }

  private static String bodyId(OpenInference.Body body) {
    return OpenInference.id(body).filter(Answers::sound).orElseGet(Answers::newRequestId);
  }

  private static void told(
      Served served,
      String requestId,
      Scoring.Answering answering,
      ServerResponse response,
      Traces.Span span) {
    response.header(Answers.VERSION, Integer.toString(answering.version()));
    if (span != Traces.Span.NONE) {
      span.set("millrace.endpoint", served.name());
      span.set("millrace.request_id", requestId);
      span.set("millrace.version", answering.version());
      span.set("millrace.rows", answering.rows());
    }
  }

  private void metadata(ServerRequest request, ServerResponse response) {
    String model = request.path().pathParameters().get("model");
    Fleet.Snapshot snapshot = endpoints.ofModel(model).fleet().snapshot();
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
    String model = request.path().pathParameters().get("model");
    backend(request, endpoints.ofModel(model).fleet().snapshot());
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
