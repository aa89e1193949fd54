package io.millrace.infra.it;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import io.millrace.activities.notify.Notifiers;
import io.millrace.workflows.Samples;
import io.millrace.workflows.TestBed;
import io.millrace.workflows.options.TaskQueues;
import io.millrace.workflows.options.WorkflowIds;
import io.millrace.workflows.pipeline.ModelPipeline;
import io.millrace.workflows.pipeline.PipelineOutcome;
import io.millrace.workflows.spec.Spec;
import io.millrace.workflows.spec.WatchSpec;
import io.millrace.workflows.wire.PayloadJson;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import io.temporal.worker.Worker;
import io.temporal.worker.WorkerFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A run on a real server that waits for one approval: its steps are fakes, its notifications real,
 * to a webhook that this keeps.
 */
final class WaitingRun implements AutoCloseable {
  /** Its own: the fakes would give a run of another test that waits for a worker its number too. */
  private static final String QUEUE = "waiting-run";

  private final String workflowId = WorkflowIds.pipeline(Samples.MODEL, 1);
  private final List<JsonNode> told = new CopyOnWriteArrayList<>();
  private final TestBed fakes = new TestBed();
  private final HttpServer receiver;
  private final WorkerFactory workers;
  final ModelPipeline run;

  WaitingRun(WorkflowClient client, Notifiers notifiers) throws IOException {
    receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    receiver.createContext(
        "/",
        exchange -> {
          told.add(PayloadJson.mapper().readTree(exchange.getRequestBody()));
          exchange.sendResponseHeaders(202, -1);
          exchange.close();
        });
    receiver.start();
    fakes.specs.spec(spec("http://127.0.0.1:" + receiver.getAddress().getPort() + "/"));
    workers = WorkerFactory.newInstance(client);
    Worker worker = workers.newWorker(QUEUE);
    worker.registerWorkflowImplementationTypes(TestBed.WORKFLOWS.toArray(Class<?>[]::new));
    for (Object fake : fakes.activities()) {
      worker.registerActivitiesImplementations(fake == fakes.notify ? notifiers : fake);
    }
    workers
        .newWorker(TaskQueues.pool(WorkflowIds.run(Samples.MODEL, 1)))
        .registerActivitiesImplementations(fakes.train);
    workers.start();
    run =
        client.newWorkflowStub(
            ModelPipeline.class,
            WorkflowOptions.newBuilder().setTaskQueue(QUEUE).setWorkflowId(workflowId).build());
    WorkflowClient.start(run::run, Samples.numbered(1));
  }

  private static Spec spec(String webhook) {
    Spec spec = Samples.withApproval(1, Duration.ofDays(3));
    WatchSpec watch = spec.watch();
    return new Spec(
        spec.model(),
        spec.task(),
        spec.owner(),
        spec.data(),
        spec.training(),
        spec.gates(),
        spec.deployment(),
        new WatchSpec(
            watch.schedule(),
            watch.reference(),
            watch.window(),
            watch.drift(),
            watch.labels(),
            List.of(new WatchSpec.NotifySpec(webhook, null, null))),
        spec.retraining());
  }

  /** A link of this run's notification; empty before it came. */
  Optional<URI> link(String name) {
    return told.stream()
        .map(event -> event.path("data").path("facts"))
        .filter(facts -> facts.path("workflow").asText().equals(workflowId))
        .map(facts -> URI.create(facts.path(name).asText()))
        .findFirst();
  }

  PipelineOutcome.Result result() {
    return WorkflowStub.fromTyped(run).getResult(PipelineOutcome.class).result();
  }

  @Override
  public void close() {
    workers.shutdownNow();
    receiver.stop(0);
    fakes.close();
  }
}
