package io.millrace.inference.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Asks a deployed model over HTTP: rows by {@code /invocations}, tensors by the Open Inference
 * Protocol v2. Tries again after 429, 502, 503, 504 and lost connections, with growing pauses and
 * never sooner than {@code Retry-After} says, until the deadline. A score changes nothing, and all
 * attempts have one request id, so trying again is safe. Thread-safe; keeps connections alive; one
 * per endpoint for the life of a process.
 */
public final class ModelClient implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final int LONGEST_SHOWN = 500;
  private static final String HEADER_LENGTH = "inference-header-content-length";

  private final ClientConfig config;
  private final HttpClient http;
  private final Retries retries;
  private final Pause pause;
  private final RequestSigner signer;

  /** Waits; tests do not. */
  interface Pause {
    void sleep(Duration time) throws InterruptedException;
  }

  public ModelClient(ClientConfig config) {
    this(config, new Retries(Clock.systemUTC(), ThreadLocalRandom.current()), Thread::sleep);
  }

  /**
   * @param signer of an endpoint that asks for signatures
   */
  public ModelClient(ClientConfig config, RequestSigner signer) {
    this(
        config, new Retries(Clock.systemUTC(), ThreadLocalRandom.current()), Thread::sleep, signer);
  }

  ModelClient(ClientConfig config, Retries retries, Pause pause) {
    this(config, retries, pause, RequestSigner.NONE);
  }

  private ModelClient(ClientConfig config, Retries retries, Pause pause, RequestSigner signer) {
    this.config = config;
    this.signer = signer;
    this.retries = retries;
    this.pause = pause;
    boolean tls = "https".equalsIgnoreCase(config.endpoint().getScheme());
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            // without TLS an upgrade would cost every first request a body sent twice
            .version(tls ? HttpClient.Version.HTTP_2 : HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT);
    if (config.authorities() != null) {
      builder.sslContext(Trust.in(config.authorities()));
    }
    http = builder.build();
  }

  /**
   * Scores rows: feature to number, text, boolean or null; a field {@code __id} names the row for
   * its label.
   *
   * @throws CallFailed with status 400 and every problem of every row when they do not fit
   */
  public Scored predict(List<? extends Map<String, ? extends @Nullable Object>> rows, Call call) {
    try {
      byte[] body = JSON.writeValueAsBytes(Map.of("instances", rows));
      return scored(invoke("application/json", body, call));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("rows: cannot be written as JSON", e);
    }
  }

  /** {@link #predict(List, Call)} with a new request id. */
  public Scored predict(List<? extends Map<String, ? extends @Nullable Object>> rows) {
    return predict(rows, Call.NEW);
  }

  /**
   * Posts a body to {@code /invocations} as it is.
   *
   * @param contentType {@code application/json} or {@code text/csv}
   * @return the answer; its {@code version} is taken from the headers where the body has none
   * @throws CallFailed when there was no answer in time, or one that is not 2xx
   */
  public JsonNode invoke(String contentType, byte[] body, Call call) {
    HttpResponse<byte[]> answer =
        post("/invocations", Map.of("content-type", contentType), body, requestId(call), call);
    JsonNode tree = tree(answer);
    if (tree instanceof com.fasterxml.jackson.databind.node.ObjectNode object) {
      if (!object.has("version")) {
        answer
            .headers()
            .firstValue("x-millrace-version")
            .ifPresent(version -> object.put("version", version));
      }
      return object;
    }
    throw new CallFailed(answer.statusCode(), 1, "answer: no JSON object", null);
  }

  /**
   * Scores tensors, one per feature.
   *
   * @param version one version whatever its weight; empty for the one that the weights choose
   */
  public TensorAnswer infer(List<InputTensor> inputs, OptionalInt version, Call call) {
    String id = requestId(call);
    TensorBodies.Request request = TensorBodies.write(inputs, id, config.binary());
    String path =
        "/v2/models/"
            + config.model()
            + (version.isPresent() ? "/versions/" + version.getAsInt() : "")
            + "/infer";
    Map<String, String> headers =
        request.headerLength() == null
            ? Map.of("content-type", "application/json")
            : Map.of(
                "content-type",
                "application/octet-stream",
                HEADER_LENGTH,
                Integer.toString(request.headerLength()));
    HttpResponse<byte[]> answer = post(path, headers, request.body(), id, call);
    try {
      Integer length =
          answer
              .headers()
              .firstValue(HEADER_LENGTH)
              .filter(text -> text.matches("[0-9]{1,9}"))
              .map(Integer::valueOf)
              .orElse(null);
      return TensorBodies.read(answer.body(), length);
    } catch (IOException e) {
      throw new CallFailed(answer.statusCode(), 1, "answer: cannot be read", e);
    }
  }

  /** {@link #infer(List, OptionalInt, Call)} by the weights, with a new request id. */
  public TensorAnswer infer(List<InputTensor> inputs) {
    return infer(inputs, OptionalInt.empty(), Call.NEW);
  }

  /** The model's inputs, outputs and versions, as the Open Inference Protocol has them. */
  public JsonNode metadata() {
    return tree(
        exchange(request("GET", "/v2/models/" + config.model(), new byte[0]).GET(), "", Call.NEW));
  }

  /** True when the endpoint answers now that it has a version; not tried twice. */
  public boolean ready() {
    HttpRequest request =
        request("GET", "/v2/health/ready", new byte[0]).timeout(config.deadline()).GET().build();
    try {
      return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Has the server write the open parts of its prediction log. */
  public void flush() {
    exchange(
        request("POST", "/admin/flush", new byte[0]).POST(HttpRequest.BodyPublishers.noBody()),
        requestId(Call.NEW),
        Call.NEW);
  }

  private HttpResponse<byte[]> post(
      String path, Map<String, String> headers, byte[] body, String requestId, Call call) {
    HttpRequest.Builder request =
        request("POST", path, body).POST(HttpRequest.BodyPublishers.ofByteArray(body));
    headers.forEach(request::header);
    return exchange(request, requestId, call);
  }

  private HttpRequest.Builder request(String method, String path, byte[] body) {
    String base = config.endpoint().toString();
    URI uri =
        URI.create(base.endsWith("/") ? base.substring(0, base.length() - 1) + path : base + path);
    HttpRequest.Builder request = HttpRequest.newBuilder(uri);
    request.header("x-millrace-model", config.model());
    if (config.apiKey() != null) {
      request.header("authorization", "Bearer " + config.apiKey());
    }
    signer.headers(method, uri, body).forEach(request::header);
    return request;
  }

  private HttpResponse<byte[]> exchange(HttpRequest.Builder request, String requestId, Call call) {
    if (!requestId.isEmpty()) {
      request.header("x-request-id", requestId);
    }
    if (call.traceparent() != null) {
      request.header("traceparent", call.traceparent());
    }
    long end = System.nanoTime() + config.deadline().toNanos();
    for (int attempt = 1; ; attempt++) {
      int status = 0;
      String problem;
      Optional<String> retryAfter = Optional.empty();
      IOException cause = null;
      try {
        Duration left = Duration.ofNanos(Math.max(1_000_000, end - System.nanoTime()));
        HttpResponse<byte[]> answer =
            http.send(request.timeout(left).build(), HttpResponse.BodyHandlers.ofByteArray());
        status = answer.statusCode();
        if (status / 100 == 2) {
          return answer;
        }
        problem = message(answer.body());
        retryAfter = answer.headers().firstValue("retry-after");
      } catch (IOException e) {
        problem = config.endpoint() + " does not answer: " + e;
        cause = e;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new CallFailed(0, attempt, "interrupted while " + config.endpoint() + " answered", e);
      }
      boolean again = (status == 0 || Retries.worthwhile(status)) && attempt < config.attempts();
      Duration wait = retries.pause(attempt, retryAfter);
      if (!again || System.nanoTime() + wait.toNanos() - end >= 0) {
        throw new CallFailed(status, attempt, problem, cause);
      }
      try {
        pause.sleep(wait);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new CallFailed(status, attempt, problem, e);
      }
    }
  }

  private static JsonNode tree(HttpResponse<byte[]> answer) {
    try {
      return JSON.readTree(answer.body());
    } catch (IOException e) {
      throw new CallFailed(answer.statusCode(), 1, "answer: no JSON", e);
    }
  }

  private static String requestId(Call call) {
    return call.requestId() == null ? UUID.randomUUID().toString() : call.requestId();
  }

  private Scored scored(JsonNode answer) {
    List<Scored.Prediction> predictions = new ArrayList<>();
    for (JsonNode row : answer.path("predictions")) {
      List<Double> scores = new ArrayList<>();
      row.path("scores").forEach(score -> scores.add(score.asDouble()));
      predictions.add(
          new Scored.Prediction(
              row.path("prediction").asText(), row.path("score").asDouble(), scores));
    }
    JsonNode version = answer.path("version");
    return new Scored(
        answer.path("id").asText(),
        answer.path("model").asText(config.model()),
        version.isMissingNode() || version.asInt() < 1 ? null : (Integer) version.asInt(),
        predictions);
  }

  private static String message(byte[] body) {
    String text = new String(body, StandardCharsets.UTF_8);
    try {
      JsonNode error = JSON.readTree(text).path("error");
      if (error.isTextual()) {
        text = error.asText();
      }
    } catch (IOException e) {
      // then as it is
    }
    return text.length() <= LONGEST_SHOWN ? text : text.substring(0, LONGEST_SHOWN) + "…";
  }

  @Override
  public void close() {
    http.shutdownNow();
    http.close();
  }
}
