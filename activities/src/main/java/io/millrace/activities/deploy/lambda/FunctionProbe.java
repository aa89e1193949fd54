package io.millrace.activities.deploy.lambda;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.activities.deploy.Endpoint;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.lambda.LambdaClient;
import software.amazon.awssdk.services.lambda.model.InvokeResponse;
import software.amazon.awssdk.services.lambda.model.TooManyRequestsException;

/**
 * Asks a version, by its number, whether it answers: that starts an instance and opens the model.
 */
final class FunctionProbe {
  static final String READY =
      "{\"version\":\"2.0\",\"rawPath\":\"/v2/health/ready\",\"headers\":{},"
          + "\"requestContext\":{\"http\":{\"method\":\"GET\",\"path\":\"/v2/health/ready\"}}}";

  private final LambdaClient lambda;

  FunctionProbe(LambdaClient lambda) {
    this.lambda = lambda;
  }

  /**
   * @throws io.temporal.failure.ApplicationFailure {@code ENDPOINT_UNAVAILABLE} with what it says
   */
  void check(
      Endpoint endpoint,
      int version,
      FunctionVersions.@Nullable Published published,
      Deadline deadline) {
    if (published == null) {
      throw unavailable(endpoint, version, "it is not published");
    }
    String function = LambdaNames.function(endpoint.name());
    while (true) {
      try {
        InvokeResponse answer =
            lambda.invoke(
                r ->
                    r.functionName(function)
                        .qualifier(published.number())
                        .payload(SdkBytes.fromUtf8String(READY)));
        JsonNode body = PayloadJson.mapper().readTree(answer.payload().asByteArray());
        if (answer.functionError() != null) {
          throw unavailable(
              endpoint,
              version,
              answer.functionError() + ": " + body.path("errorMessage").asText(body.toString()));
        }
        if (body.path("statusCode").asInt() != 200) {
          throw unavailable(endpoint, version, "it answers " + body);
        }
        return;
      } catch (TooManyRequestsException e) {
        // all its instances are busy, or the account's are
        deadline.pause("version " + version + " has no free instance");
      } catch (SdkException e) {
        throw LambdaErrors.of("Invoke " + function + ":" + published.number(), e);
      } catch (IOException e) {
        throw unavailable(endpoint, version, "it answers no JSON");
      }
    }
  }

  private static RuntimeException unavailable(Endpoint endpoint, int version, String why) {
    return Failures.of(
        FailureType.ENDPOINT_UNAVAILABLE,
        "endpoint "
            + endpoint.name()
            + ": version "
            + version
            + " (expected: to be ready): "
            + why);
  }
}
