package io.millrace.events.score;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.events.event.EventJson;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.services.lambda.LambdaClient;
import software.amazon.awssdk.services.lambda.model.InvokeResponse;

/** A model that was deployed as a Lambda function, by the alias that its rollouts move. */
public final class FunctionTarget implements Target {
  private final LambdaClient lambda;
  private final String function;
  private final String alias;

  /**
   * @param function name or ARN, without a qualifier
   */
  public FunctionTarget(LambdaClient lambda, String function, String alias) {
    this.lambda = lambda;
    this.function = function;
    this.alias = alias;
  }

  /** A client that waits for a cold start of a large model and not for ever. */
  public static LambdaClient client() {
    return LambdaClient.builder()
        .httpClientBuilder(
            UrlConnectionHttpClient.builder()
                .connectionTimeout(Duration.ofSeconds(3))
                .socketTimeout(Duration.ofSeconds(60)))
        .overrideConfiguration(o -> o.apiCallTimeout(Duration.ofSeconds(100)))
        .build();
  }

  @Override
  public JsonNode score(String contentType, byte[] body, String requestId) {
    InvokeResponse response =
        lambda.invoke(
            invoke ->
                invoke
                    .functionName(function)
                    .qualifier(alias)
                    .payload(SdkBytes.fromByteArray(event(contentType, body, requestId))));
    String payload = response.payload().asUtf8String();
    if (response.functionError() != null) {
      throw new IllegalStateException(
          "function "
              + function
              + ":"
              + alias
              + " failed (expected: an answer): "
              + shown(payload));
    }
    JsonNode answer = EventJson.object("answer of " + function, payload);
    int status = answer.path("statusCode").asInt(answer.path("status").asInt(200));
    JsonNode said = answer.has("body") ? EventJson.any(answer.path("body").asText()) : answer;
    if (status / 100 == 2) {
      return said;
    }
    String message = said.path("error").asText(shown(payload));
    if (List.of(400, 413, 415, 422).contains(status)) {
      throw new Refused(status, message);
    }
    throw new IllegalStateException("function " + function + ":" + alias + ": " + message);
  }

  /** As a function URL would call it: that is how a body says its type. */
  private static byte[] event(String contentType, byte[] body, String requestId) {
    ObjectNode event = EventJson.mapper().createObjectNode();
    event.put("version", "2.0").put("rawPath", "/invocations").put("rawQueryString", "");
    event.putObject("headers").put("content-type", contentType).put("x-request-id", requestId);
    ObjectNode context = event.putObject("requestContext").put("requestId", requestId);
    context.putObject("http").put("method", "POST").put("path", "/invocations");
    event.put("body", new String(body, StandardCharsets.UTF_8)).put("isBase64Encoded", false);
    return EventJson.bytes(event);
  }

  private static String shown(String text) {
    return text.length() <= 500 ? text : text.substring(0, 499) + "…";
  }
}
