package io.millrace.inference.lambda;

import io.millrace.inference.protocol.Answer;
import io.millrace.inference.protocol.Invocations;
import io.millrace.inference.protocol.JsonInput;
import io.millrace.inference.protocol.Metadata;
import io.millrace.inference.protocol.OpenInference;
import io.millrace.inference.runtime.ModelRuntime;
import io.millrace.inference.runtime.Prediction;
import io.millrace.inference.runtime.Rows;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The paths a function answers: the model server's, as far as one version by itself can. {@code
 * /invocations}, {@code /ping}, and the Open Inference Protocol v2 (REST) below {@code /v2}.
 */
final class FunctionRoutes {
  /** As the model server's own limit. */
  private static final int MAX_ROWS = 10_000;

  private static final String HEADER_LENGTH = "inference-header-content-length";

  private static final Pattern MODEL =
      Pattern.compile(
          "/v2/models/(?<model>[^/]+)(?:/versions/(?<version>[^/]+))?(?:/(?<verb>infer|ready))?");

  private final ModelRuntime runtime;
  private final FunctionConfig config;

  FunctionRoutes(ModelRuntime runtime, FunctionConfig config) {
    this.runtime = runtime;
    this.config = config;
  }

  /** Told of scores before they are written. */
  interface Listener {
    void scored(Rows rows, List<Prediction> predictions);
  }

  String endpoint() {
    return config.endpoint() != null ? config.endpoint() : runtime.manifest().model();
  }

  /** Whether anybody may ask: a health check carries no key. */
  static boolean open(FunctionEvent event) {
    return event.path().equals("/ping") || event.path().startsWith("/v2/health/");
  }

  /**
   * @throws io.millrace.inference.protocol.RequestMalformed when the body is none of the path's
   * @throws io.millrace.inference.runtime.RowInvalid when rows do not fit the model
   */
  FunctionReply answer(FunctionEvent event, String requestId, Listener listener) {
    String path = event.path();
    return switch (path) {
      case FunctionEvent.INVOCATIONS -> post(event, () -> invocations(event, requestId, listener));
      case FunctionEvent.INFER -> post(event, () -> infer(event, requestId, listener));
      case "/ping" -> get(event, () -> json("{}"));
      case "/v2/health/live" -> get(event, () -> json("{\"live\":true}"));
      case "/v2/health/ready" -> get(event, () -> json("{\"ready\":true}"));
      case "/v2" ->
          get(
              event,
              () ->
                  json(
                      "{\"name\":\"millrace\",\"version\":\"1\",\"extensions\":[\"binary_tensor_data\"]}"));
      default -> model(event, requestId, listener);
    };
  }

  private FunctionReply model(FunctionEvent event, String requestId, Listener listener) {
    Matcher path = MODEL.matcher(event.path());
    if (!path.matches()) {
      return FunctionReply.problem(
          404,
          "path: "
              + event.path()
              + " (expected: /invocations, /ping, /v2/health/… or /v2/models/"
              + endpoint()
              + "/…)");
    }
    String model = path.group("model");
    if (!model.equals(endpoint()) && !model.equals(runtime.manifest().model())) {
      return FunctionReply.problem(404, "model: " + model + " (expected: " + endpoint() + ")");
    }
    String version = path.group("version");
    if (version != null && !version.equals(Integer.toString(config.version()))) {
      return FunctionReply.problem(
          404, "version: " + version + " (expected: " + config.version() + ", which is here)");
    }
    String verb = path.group("verb");
    return verb == null
        ? get(
            event,
            () ->
                FunctionReply.of(
                    Metadata.write(
                        model,
                        runtime.manifest(),
                        runtime.kind().platform(),
                        List.of(config.version()))))
        : verb.equals("ready")
            ? get(event, () -> json("{\"name\":\"" + model + "\",\"ready\":true}"))
            : post(event, () -> infer(event, requestId, listener));
  }

  private FunctionReply invocations(FunctionEvent event, String requestId, Listener listener) {
    Rows rows =
        Invocations.read(
            event.body(),
            event.header("content-type").orElse(null),
            runtime.schema(),
            MAX_ROWS,
            JsonInput.Parser.GSON);
    Answer answer = score(rows, requestId, listener);
    return FunctionReply.scores(Invocations.write(answer), rows.size());
  }

  private FunctionReply infer(FunctionEvent event, String requestId, Listener listener) {
    OpenInference.Body body =
        OpenInference.body(event.body(), event.header(HEADER_LENGTH).orElse(null));
    OpenInference.Request request =
        OpenInference.read(body, runtime.schema(), MAX_ROWS, JsonInput.Parser.GSON);
    // the protocol wants the body's id back, whatever the header says
    String id = request.id() == null ? requestId : request.id();
    Answer answer = score(request.rows(), id, listener);
    OpenInference.Written written = OpenInference.write(answer, request.outputs());
    FunctionReply reply = FunctionReply.scores(written.body(), request.rows().size());
    if (written.headerLength() < 0) {
      return reply;
    }
    return event.http()
        ? reply.binary(written.headerLength())
        : FunctionReply.problem(
            400, "binary_data_output: true (expected: JSON data, for an answer without HTTP)");
  }

  private Answer score(Rows rows, String requestId, Listener listener) {
    List<Prediction> predictions = runtime.predict(rows);
    listener.scored(rows, predictions);
    return new Answer(requestId, runtime.manifest(), config.version(), predictions);
  }

  private interface Route {
    FunctionReply answer();
  }

  private static FunctionReply post(FunctionEvent event, Route route) {
    if (!event.method().equals("POST")) {
      return method(event, "POST");
    }
    String encoding = event.header("content-encoding").orElse("identity");
    return encoding.equalsIgnoreCase("identity")
        ? route.answer()
        : FunctionReply.problem(
            415, "content-encoding: " + encoding + " (expected: none, the body as it is)");
  }

  private static FunctionReply get(FunctionEvent event, Route route) {
    return event.method().equals("GET") || event.method().equals("HEAD")
        ? route.answer()
        : method(event, "GET");
  }

  private static FunctionReply method(FunctionEvent event, String expected) {
    return FunctionReply.problem(405, "method: " + event.method() + " (expected: " + expected + ")")
        .with("allow", expected);
  }

  private static FunctionReply json(String text) {
    return FunctionReply.of(text.getBytes(StandardCharsets.UTF_8));
  }
}
