package io.millrace.activities.deploy.lambda;

import io.millrace.activities.aws.AwsErrors;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.temporal.failure.ApplicationFailure;
import java.util.Set;
import java.util.function.Supplier;
import software.amazon.awssdk.core.exception.SdkException;

/** What the errors of Lambda, IAM, CloudWatch and its logs mean, said once. */
final class LambdaErrors {
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
    return AwsErrors.call(what, call, LambdaErrors::of);
  }

  static ApplicationFailure of(String what, SdkException e) {
    String code = AwsErrors.code(e);
    String told = code.isEmpty() ? "" : ": " + code;
    String message = AwsErrors.detail(e);
    if (AwsErrors.credentials(e)) {
      return Failures.of(
          FailureType.CONFIG_INVALID,
          e,
          "lambda "
              + what
              + " (expected: credentials that may do it; the policy is in infra/docs/lambda.md): "
              + (code.isEmpty() ? "" : code + ": ")
              + message);
    }
    if (INVALID.contains(code)) {
      return Failures.of(
          FailureType.CONFIG_INVALID,
          e,
          "lambda " + what + told + " (expected: what AWS takes): " + message);
    }
    return Failures.of(
        FailureType.AWS_UNAVAILABLE,
        e,
        "lambda " + what + told + " (expected: an answer): " + message);
  }
}
