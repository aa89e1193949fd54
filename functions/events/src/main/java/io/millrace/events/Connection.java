package io.millrace.events;

import io.millrace.events.secret.SecretReferences;
import io.millrace.workflows.wire.PayloadJson;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowClientOptions;
import io.temporal.envconfig.ClientConfigProfile;
import io.temporal.serviceclient.WorkflowServiceStubs;
import io.temporal.serviceclient.WorkflowServiceStubsOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;

/**
 * The Temporal client of a function: settings by the SDK's profile ({@code TEMPORAL_*}) only. An
 * API key may come by reference as well, so that a function's configuration does not show it.
 */
final class Connection {
  private static final String API_KEY = "MILLRACE_TEMPORAL_API_KEY";

  private Connection() {}

  /** Connects when it is first used. */
  static WorkflowClient open(Map<String, String> environment) {
    try {
      ClientConfigProfile profile = ClientConfigProfile.load();
      String reference = environment.get(API_KEY);
      if (reference != null) {
        byte[] key = new SecretReferences(environment).resolve(API_KEY, reference);
        profile = profile.toBuilder().setApiKey(new String(key, StandardCharsets.UTF_8)).build();
      }
      return WorkflowClient.newInstance(
          WorkflowServiceStubs.newServiceStubs(
              WorkflowServiceStubsOptions.newBuilder(profile.toWorkflowServiceStubsOptions())
                  // a start or a query; less than a function's own limit of half a minute
                  .setRpcTimeout(Duration.ofSeconds(10))
                  .setRpcQueryTimeout(Duration.ofSeconds(10))
                  .build()),
          WorkflowClientOptions.newBuilder(profile.toWorkflowClientOptions())
              .setDataConverter(PayloadJson.converter())
              .build());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
