package io.millrace.infra.cli;

import io.millrace.activities.store.ObjectStore;
import io.millrace.activities.store.Stores;
import io.millrace.infra.config.AppConfig;
import io.millrace.infra.config.TemporalProfile;
import io.millrace.workflows.failure.Failures;
import io.temporal.client.WorkflowClient;
import io.temporal.client.schedules.ScheduleClient;
import io.temporal.client.schedules.ScheduleClientOptions;
import io.temporal.failure.ApplicationFailure;
import io.temporal.serviceclient.WorkflowServiceStubs;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What commands work on; each part is opened when it is first asked for. Not thread-safe. */
public final class Session implements AutoCloseable {
  private final Supplier<AppConfig> settings;
  private final Supplier<ObjectStore> stores;
  private final Supplier<WorkflowClient> clients;
  private @Nullable AppConfig config;
  private @Nullable ObjectStore store;
  private @Nullable WorkflowClient client;

  /** By this process's settings. */
  public Session() {
    settings = AppConfig::load;
    stores = () -> open(config().storeUri());
    clients = () -> TemporalProfile.client("127.0.0.1:" + config().temporal().port());
  }

  /** Over what is given. */
  public Session(AppConfig config, ObjectStore store, WorkflowClient client) {
    settings = () -> config;
    stores = () -> store;
    clients = () -> client;
  }

  public AppConfig config() {
    if (config == null) {
      config = settings.get();
    }
    return config;
  }

  public ObjectStore store() {
    if (store == null) {
      store = stores.get();
    }
    return store;
  }

  /** A folder that cannot be used is the settings' fault; a service that does not answer is not. */
  private static ObjectStore open(String uri) {
    try {
      return Stores.open(uri);
    } catch (ApplicationFailure e) {
      if (uri.startsWith("file:")) {
        throw new CliFailure(
            ExitCode.BAD_INPUT, "store.uri: " + uri + ": " + Failures.sentence(e), e);
      }
      throw e;
    }
  }

  public WorkflowClient client() {
    if (client == null) {
      client = clients.get();
    }
    return client;
  }

  public ScheduleClient schedules() {
    return ScheduleClient.newInstance(
        client().getWorkflowServiceStubs(),
        ScheduleClientOptions.newBuilder()
            .setNamespace(client().getOptions().getNamespace())
            .setDataConverter(client().getOptions().getDataConverter())
            .build());
  }

  /** Where a person looks at a workflow. */
  public String uiLink(String workflowId) {
    String id = workflowId.replace(":", "%3A");
    return uiLink() + "/" + id;
  }

  /** Where a person looks at all of them. */
  public String uiLink() {
    return config().uiUrl() + "/namespaces/" + client().getOptions().getNamespace() + "/workflows";
  }

  @Override
  public void close() {
    if (store != null) {
      store.close();
    }
    if (client != null) {
      WorkflowServiceStubs stubs = client.getWorkflowServiceStubs();
      stubs.shutdownNow();
    }
  }
}
