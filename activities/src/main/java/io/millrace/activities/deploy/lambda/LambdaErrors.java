package io.millrace.activities.deploy.lambda;

import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.temporal.failure.ApplicationFailure;
import java.util.Set;
import java.util.function.Supplier;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;

/** What the errors of Lambda, IAM, CloudWatch and its logs mean, said once. */
final class LambdaErrors {
  private static final Set<String> CREDENTIALS =
      Set.of(
          "AccessDenied",
          "AccessDeniedException",
          "ExpiredToken",
          "ExpiredTokenException",
          "InvalidClientTokenId",
          "InvalidSignatureException",
          "MissingAuthenticationToken",
          "SignatureDoesNotMatch",
          "UnrecognizedClientException");

  private static final Set<String> INVALID =
      Set.of(
          "CodeStorageExceededException",
          "InvalidParameterValueException",
          "InvalidParameterCombination",
          "InvalidParameterValue",
          "LimitExceeded",
          "MalformedPolicyDocument",
          "RequestTooLargeException",
          "ValidationError",
          "ValidationException");

  private LambdaErrors() {}

  /** Runs a call; what it throws is ours. */
  static <T> T call(String what, Supplier<T> call) {
    try {
      return call.get();
    } catch (SdkException e) {
      throw of(what, e);
    }
  }

  static ApplicationFailure of(String what, SdkException e) {
    String message = detail(e);
    if (e instanceof AwsServiceException service) {
      String code = code(service);
      if (CREDENTIALS.contains(code)
          || service.statusCode() == 401
          || service.statusCode() == 403) {
        return Failures.of(
            FailureType.CONFIG_INVALID,
            e,
            "lambda "
                + what
                + " (expected: credentials that may do it; the policy is in"
                + " infra/docs/lambda.md): "
                + code
                + ": "
                + message);
      }
      if (INVALID.contains(code)) {
        return Failures.of(
            FailureType.CONFIG_INVALID,
            e,
            "lambda " + what + ": " + code + " (expected: what AWS takes): " + message);
      }
      return Failures.of(
          FailureType.AWS_UNAVAILABLE,
          e,
          "lambda " + what + ": " + code + " (expected: an answer): " + message);
    }
    return Failures.of(
        message.contains("Unable to load credentials")
            ? FailureType.CONFIG_INVALID
            : FailureType.AWS_UNAVAILABLE,
        e,
        "lambda " + what + " (expected: an answer): " + message);
  }

  static String code(AwsServiceException e) {
    return e.awsErrorDetails() == null || e.awsErrorDetails().errorCode() == null
        ? "HTTP " + e.statusCode()
        : e.awsErrorDetails().errorCode();
  }

  private static String detail(SdkException e) {
    return e instanceof AwsServiceException service && service.awsErrorDetails() != null
        ? String.valueOf(service.awsErrorDetails().errorMessage())
        : String.valueOf(e.getMessage());
  }
}
