package io.millrace.activities.deploy.kubernetes;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Clients of the clusters that the kubeconfig names ({@code KUBECONFIG}, else {@code
 * ~/.kube/config}), or of the one this process runs in. One client per context; thread-safe.
 */
public final class KubernetesClients {
  /** The API server answers in milliseconds; what takes longer is down. */
  private static final int CONNECT_MILLIS = 5_000;

  private static final int REQUEST_MILLIS = 10_000;

  private final Map<String, KubernetesClient> clients = new ConcurrentHashMap<>();

  /**
   * @param context of the kubeconfig; null is the current one
   * @throws io.temporal.failure.ApplicationFailure {@code CONFIG_INVALID} when there is none of it
   */
  KubernetesClient of(@Nullable String context) {
    return clients.computeIfAbsent(context == null ? "" : context, KubernetesClients::open);
  }

  private static KubernetesClient open(String context) {
    Config config = Config.autoConfigure(context.isEmpty() ? null : context);
    if (!context.isEmpty()
        && (config.getCurrentContext() == null
            || !context.equals(config.getCurrentContext().getName()))) {
      throw Failures.of(
          FailureType.CONFIG_INVALID,
          "deployment.target.kubernetes.context: "
              + context
              + " (expected: one of "
              + config.getContexts().stream().map(named -> named.getName()).toList()
              + ", which the kubeconfig has)");
    }
    config.setConnectionTimeout(CONNECT_MILLIS);
    config.setRequestTimeout(REQUEST_MILLIS);
    // the activity's own retries come on top
    config.setRequestRetryBackoffLimit(2);
    return new KubernetesClientBuilder().withConfig(config).build();
  }
}
