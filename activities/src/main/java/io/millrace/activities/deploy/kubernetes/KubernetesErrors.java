package io.millrace.activities.deploy.kubernetes;

import io.fabric8.kubernetes.client.KubernetesClientException;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.temporal.failure.ApplicationFailure;
import java.util.function.Supplier;

/** What the API server's answers mean for a run, said once. */
final class KubernetesErrors {
  private KubernetesErrors() {}

  /** Runs a call; what it throws is ours. */
  static <T> T call(String what, Supplier<T> call) {
    try {
      return call.get();
    } catch (KubernetesClientException e) {
      throw of(what, e);
    }
  }

  /**
   * @param what was tried, such as {@code deployment credit-v1}
   */
  static ApplicationFailure of(String what, KubernetesClientException e) {
    String message = message(e);
    return switch (e.getCode()) {
      case 401, 403 ->
          Failures.of(
              FailureType.CONFIG_INVALID,
              e,
              "kubernetes "
                  + what
                  + " (expected: an account that may do it; the role is in"
                  + " infra/kubernetes/role.yaml): "
                  + message);
      case 404 ->
          Failures.of(
              FailureType.CONFIG_INVALID,
              e,
              "kubernetes "
                  + what
                  + " (expected: a namespace that exists, and a cluster that has the API): "
                  + message);
      case 400, 422 ->
          Failures.of(
              FailureType.CONFIG_INVALID,
              e,
              "kubernetes " + what + " (expected: settings that the cluster takes): " + message);
      // unreachable, overloaded, conflicts: a later try may find it mended
      default ->
          Failures.of(
              FailureType.ENDPOINT_UNAVAILABLE,
              e,
              "kubernetes " + what + " (expected: an answer): " + message);
    };
  }

  private static String message(KubernetesClientException e) {
    if (e.getStatus() != null && e.getStatus().getMessage() != null) {
      return e.getStatus().getMessage();
    }
    return e.getMessage() + (e.getCause() == null ? "" : ": " + e.getCause().getMessage());
  }
}
