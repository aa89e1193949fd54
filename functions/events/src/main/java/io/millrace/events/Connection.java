package io.millrace.events;

import io.millrace.workflows.wire.PayloadJson;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowClientOptions;
import io.temporal.envconfig.ClientConfigProfile;
import io.temporal.serviceclient.WorkflowServiceStubs;
import java.io.IOException;
import java.io.UncheckedIOException;

/** The Temporal client of a function: settings by the SDK's profile ({@code TEMPORAL_*}) only. */
final class Connection {
  private Connection() {}

  static WorkflowClient open() {
    try {
      ClientConfigProfile profile = ClientConfigProfile.load();
      return WorkflowClient.newInstance(
          WorkflowServiceStubs.newServiceStubs(profile.toWorkflowServiceStubsOptions()),
          WorkflowClientOptions.newBuilder(profile.toWorkflowClientOptions())
              .setDataConverter(PayloadJson.converter())
              .build());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
