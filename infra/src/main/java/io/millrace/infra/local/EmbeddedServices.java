package io.millrace.infra.local;

import io.millrace.infra.config.AppConfig;
import io.millrace.infra.worker.WorkerMain;
import io.millrace.workflows.options.SearchAttributes;
import io.millrace.workflows.wire.PayloadJson;
import io.temporal.api.enums.v1.IndexedValueType;
import io.temporal.api.operatorservice.v1.AddSearchAttributesRequest;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowClientOptions;
import io.temporal.common.SearchAttributeKey;
import io.temporal.serviceclient.OperatorServiceStubs;
import io.temporal.serviceclient.OperatorServiceStubsOptions;
import io.temporal.serviceclient.WorkflowServiceStubs;
import io.temporal.serviceclient.WorkflowServiceStubsOptions;
import io.temporal.testserver.TestServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * An in-memory Temporal server and the worker, in this process. Nodes are processes of their own
 * all the same and reach the server by its port. Nothing of it is durable, and it has no schedules.
 */
public final class EmbeddedServices implements AutoCloseable {
  private final TestServer.PortBoundTestServer server;
  private final WorkflowServiceStubs stubs;
  private final WorkflowClient client;
  private final WorkerMain worker;

  private EmbeddedServices(AppConfig config) {
    int port = freePort();
    // time is never skipped: training takes real time
    this.server = TestServer.createPortBoundServer(port, true);
    String address = "127.0.0.1:" + port;
    this.stubs =
        WorkflowServiceStubs.newServiceStubs(
            WorkflowServiceStubsOptions.newBuilder().setTarget(address).build());
    this.client =
        WorkflowClient.newInstance(
            stubs,
            WorkflowClientOptions.newBuilder().setDataConverter(PayloadJson.converter()).build());
    register(address);
    Map<String, String> environment = new TreeMap<>(new LocalServices(config, null).environment());
    environment.put("TEMPORAL_ADDRESS", address);
    this.worker = new WorkerMain(config, client, environment);
  }

  /** A real server of ours is started with them. */
  private static void register(String address) {
    OperatorServiceStubs operator =
        OperatorServiceStubs.newServiceStubs(
            OperatorServiceStubsOptions.newBuilder()
                .setTarget(address)
                .validateAndBuildWithDefaults());
    try {
      AddSearchAttributesRequest.Builder request =
          AddSearchAttributesRequest.newBuilder().setNamespace("default");
      for (SearchAttributeKey<String> key :
          List.of(
              SearchAttributes.MODEL,
              SearchAttributes.VERSION,
              SearchAttributes.STAGE,
              SearchAttributes.OUTCOME)) {
        request.putSearchAttributes(key.getName(), IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD);
      }
      operator.blockingStub().addSearchAttributes(request.build());
    } finally {
      operator.shutdownNow();
    }
  }

  /** Starts server and worker. */
  public static EmbeddedServices start(AppConfig config) {
    return new EmbeddedServices(config);
  }

  public WorkflowClient client() {
    return client;
  }

  @Override
  public void close() {
    worker.close();
    stubs.shutdownNow();
    server.close();
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new IllegalStateException("no port is free", e);
    }
  }
}
