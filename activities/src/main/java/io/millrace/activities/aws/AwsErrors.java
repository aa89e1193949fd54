package io.millrace.activities.aws;

import io.temporal.failure.ApplicationFailure;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;

/**
 * What every service's errors have in common ("Common errors" of each API's reference); what its
 * own codes mean, and who may mend it, the place that calls it says.
 */
public final class AwsErrors {
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
          "UnauthorizedOperation",
          "UnrecognizedClientException");

  private AwsErrors() {}

  /**
   * Runs a call.
   *
   * @param what the call is, for the sentence
   * @param meaning of what the SDK throws, as ours
   */
  public static <T> T call(
      String what, Supplier<T> call, BiFunction<String, SdkException, ApplicationFailure> meaning) {
    try {
      return call.get();
    } catch (SdkException e) {
      throw meaning.apply(what, e);
    }
  }

  /** The service's word for it; {@code HTTP 503} where it said none, empty without an answer. */
  public static String code(SdkException e) {
    if (!(e instanceof AwsServiceException service)) {
      return "";
    }
    return service.awsErrorDetails() == null || service.awsErrorDetails().errorCode() == null
        ? "HTTP " + service.statusCode()
        : service.awsErrorDetails().errorCode();
  }

  /** The service's sentence, else the SDK's. */
  public static String detail(SdkException e) {
    return e instanceof AwsServiceException service && service.awsErrorDetails() != null
        ? String.valueOf(service.awsErrorDetails().errorMessage())
        : String.valueOf(e.getMessage());
  }

  /** Whether there are no credentials, or they may not do it. */
  public static boolean credentials(SdkException e) {
    return e instanceof AwsServiceException service
        ? credentials(code(e), service.statusCode())
        : String.valueOf(e.getMessage()).contains("Unable to load credentials");
  }

  /** The same of a code, and the HTTP status that came with it; 0 for none. */
  public static boolean credentials(String code, int status) {
    return CREDENTIALS.contains(code) || status == 401 || status == 403;
  }
}
