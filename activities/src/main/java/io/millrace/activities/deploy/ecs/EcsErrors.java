package io.millrace.activities.deploy.ecs;

import io.millrace.activities.aws.AwsErrors;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.temporal.failure.ApplicationFailure;
import java.util.Set;
import java.util.function.Supplier;
import software.amazon.awssdk.core.exception.SdkException;

/** What errors of ECS and its load balancers mean for a run, said once ("Common errors"). */
final class EcsErrors {
  private static final Set<String> QUOTA =
      Set.of(
          "LimitExceededException",
          "TooManyTargetGroups",
          "TooManyLoadBalancers",
          "TooManyRules",
          "TooManyUniqueTargetGroupsPerLoadBalancer");

  private static final Set<String> SETTINGS =
      Set.of(
          "ClusterNotFoundException",
          "InvalidParameterException",
          "PlatformTaskDefinitionIncompatibilityException",
          "UnsupportedFeatureException",
          "ClientException",
          "ListenerNotFound",
          "SubnetNotFound",
          "InvalidSubnet",
          "InvalidSecurityGroup",
          "InvalidConfigurationRequest",
          "InvalidSubnetID.NotFound",
          "ValidationError");

  private EcsErrors() {}

  /** Runs a call; what it throws is ours. */
  static <T> T call(String what, Supplier<T> call) {
    return AwsErrors.call(what, call, EcsErrors::of);
  }

  static ApplicationFailure of(String what, SdkException e) {
    String code = AwsErrors.code(e);
    String message = code.isEmpty() ? AwsErrors.detail(e) : code + ": " + AwsErrors.detail(e);
    if (AwsErrors.credentials(e)) {
      return Failures.of(
          FailureType.CONFIG_INVALID,
          e,
          what
              + " (expected: credentials that may do it; the policy is in"
              + " infra/aws/ecs-policy.json): "
              + message);
    }
    if (QUOTA.contains(code)) {
      return Failures.of(
          FailureType.CONFIG_INVALID,
          e,
          what + " (expected: within the account's quotas): " + message);
    }
    if (SETTINGS.contains(code)) {
      return Failures.of(
          FailureType.CONFIG_INVALID,
          e,
          what + " (expected: settings of this account): " + message);
    }
    // throttling, 5xx, no answer, and what is not known: a later try may find it mended
    return Failures.of(FailureType.AWS_UNAVAILABLE, e, what + " (expected: an answer): " + message);
  }
}
