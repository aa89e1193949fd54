package io.millrace.activities.compute;

import io.millrace.activities.aws.AwsErrors;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.compute.ComputeActivities.Offering;
import io.millrace.workflows.port.compute.ComputeActivities.Shortage;
import io.temporal.failure.ApplicationFailure;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;

/**
 * What EC2's error codes mean for a run, said once ("Error codes for the Amazon EC2 API", EC2
 * developer guide).
 */
final class Ec2Errors {
  /** There is none now, of this type, in this zone, in this market. */
  private static final Set<String> CAPACITY =
      Set.of(
          "InsufficientInstanceCapacity",
          "InsufficientHostCapacity",
          "InsufficientReservedInstanceCapacity",
          "InsufficientCapacity",
          "InsufficientFreeAddressesInSubnet",
          "UnfulfillableCapacity",
          "MaxSpotInstanceCountExceeded",
          "SpotMaxPriceTooLow",
          // this type is not sold in this zone: another offering may do
          "Unsupported",
          "InvalidFleetConfiguration");

  private static final Set<String> QUOTA =
      Set.of(
          "VcpuLimitExceeded",
          "InstanceLimitExceeded",
          "MaxFleetCountExceeded",
          "VolumeLimitExceeded",
          "MaxIOPSLimitExceeded",
          "LaunchTemplateLimitExceeded");

  /** Beside those of every service. */
  private static final Set<String> CREDENTIALS =
      Set.of("AuthFailure", "Blocked", "OptInRequired", "PendingVerification");

  private Ec2Errors() {}

  /** Runs a call; what it throws is ours. */
  static <T> T call(String what, Supplier<T> call) {
    return AwsErrors.call(what, call, Ec2Errors::of);
  }

  /** The failure of a call as a whole. */
  static ApplicationFailure of(String what, SdkException e) {
    if (e instanceof AwsServiceException service) {
      return of(what, AwsErrors.code(e), AwsErrors.detail(e), e, service.statusCode(), List.of());
    }
    String message = AwsErrors.detail(e);
    if (AwsErrors.credentials(e)) {
      return credentials(what, message, e);
    }
    return Failures.of(
        FailureType.AWS_UNAVAILABLE, e, "ec2 " + what + " (expected: an answer): " + message);
  }

  /**
   * The failure of a code.
   *
   * @param status of HTTP; 0 when the code came inside an answer
   * @param short_ what had no capacity, for the detail
   */
  static ApplicationFailure of(
      String what,
      String code,
      String message,
      @Nullable Throwable cause,
      int status,
      List<Offering> short_) {
    if (capacity(code)) {
      return Failures.of(
          FailureType.CAPACITY_UNAVAILABLE,
          cause,
          "ec2 " + what + ": " + code + " (expected: capacity): " + message,
          new Shortage(short_));
    }
    if (QUOTA.contains(code)) {
      return Failures.of(
          FailureType.CONFIG_INVALID,
          cause,
          "ec2 "
              + what
              + ": "
              + code
              + " (expected: within the account's quotas; ask for more in Service Quotas, allow"
              + " smaller training.compute types, or fewer nodes): "
              + message);
    }
    if (CREDENTIALS.contains(code) || AwsErrors.credentials(code, status)) {
      return credentials(what, code + ": " + message, cause);
    }
    if (invalid(code)) {
      return Failures.of(
          FailureType.CONFIG_INVALID,
          cause,
          "ec2 " + what + ": " + code + " (expected: settings this account has): " + message);
    }
    // throttling, 5xx, and what is not known: a later try may find it mended
    return Failures.of(
        FailureType.AWS_UNAVAILABLE,
        cause,
        "ec2 " + what + ": " + code + " (expected: an answer): " + message);
  }

  static boolean capacity(String code) {
    return CAPACITY.contains(code);
  }

  private static boolean invalid(String code) {
    return (code.startsWith("Invalid") && !code.endsWith("State"))
        || code.startsWith("MissingParameter")
        || code.equals("UnknownParameter")
        || code.equals("UnsupportedOperation")
        || code.equals("VPCIdNotSpecified");
  }

  private static ApplicationFailure credentials(
      String what, String message, @Nullable Throwable cause) {
    return Failures.of(
        FailureType.CONFIG_INVALID,
        cause,
        "ec2 "
            + what
            + " (expected: credentials that may do it; the policy is in infra/docs/aws.md): "
            + message);
  }
}
