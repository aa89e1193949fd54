package io.millrace.infra.config;

import com.uber.m3.tally.Scope;
import io.millrace.workflows.wire.PayloadJson;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowClientOptions;
import io.temporal.envconfig.ClientConfigProfile;
import io.temporal.envconfig.LoadClientConfigProfileOptions;
import io.temporal.serviceclient.WorkflowServiceStubs;
import io.temporal.serviceclient.WorkflowServiceStubsOptions;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The connection to Temporal, by the SDK's own profile loader only: {@code TEMPORAL_ADDRESS},
 * {@code TEMPORAL_NAMESPACE}, {@code TEMPORAL_API_KEY}, TLS files, or a profile in its
 * configuration file.
 */
public final class TemporalProfile {
  private TemporalProfile() {}

  /** The address a profile names; empty when none does. */
  public static Optional<String> address() {
    return Optional.ofNullable(profile().getAddress()).filter(text -> !text.isBlank());
  }

  /**
   * A client with our wire format.
   *
   * @param defaultAddress used when no profile names one
   */
  public static WorkflowClient client(String defaultAddress) {
    return client(defaultAddress, null);
  }

  /**
   * The same, reporting the SDK's metrics.
   *
   * @param metrics null reports none
   */
  public static WorkflowClient client(String defaultAddress, @Nullable Scope metrics) {
    ClientConfigProfile profile = profile();
    WorkflowServiceStubsOptions.Builder stubs =
        WorkflowServiceStubsOptions.newBuilder(profile.toWorkflowServiceStubsOptions());
    if (metrics != null) {
      stubs.setMetricsScope(metrics);
    }
    if (address().isEmpty()) {
      stubs.setTarget(defaultAddress);
    }
    WorkflowClientOptions options =
        WorkflowClientOptions.newBuilder(profile.toWorkflowClientOptions())
            .setDataConverter(PayloadJson.converter())
            .build();
    return WorkflowClient.newInstance(
        WorkflowServiceStubs.newServiceStubs(stubs.validateAndBuildWithDefaults()), options);
  }

  private static ClientConfigProfile profile() {
    try {
      return ClientConfigProfile.load(LoadClientConfigProfileOptions.newBuilder().build());
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "Temporal's profile cannot be read (expected: TEMPORAL_* or its configuration file): "
              + e.getMessage(),
          e);
    }
  }
}
