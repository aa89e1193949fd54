package io.millrace.infra.cli;

import io.grpc.StatusRuntimeException;
import io.millrace.activities.temporal.TemporalSteward;
import io.millrace.workflows.options.TaskQueues;
import io.millrace.workflows.steward.ModelSteward;
import io.millrace.workflows.steward.StewardState;
import io.temporal.api.enums.v1.TaskQueueType;
import io.temporal.api.taskqueue.v1.TaskQueue;
import io.temporal.api.workflowservice.v1.DescribeTaskQueueRequest;
import io.temporal.client.UpdateOptions;
import io.temporal.client.WithStartWorkflowOperation;
import io.temporal.client.WorkflowClient;
import io.temporal.workflow.Functions.Func1;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/** Asks a model's steward for something; a steward that does not exist yet is started. */
final class StewardCall {
  private final Session session;
  private final String model;

  StewardCall(Session session, String model) {
    this.session = session;
    this.model = model;
  }

  /**
   * @throws io.temporal.client.WorkflowUpdateException when the steward refuses or fails
   * @throws CliFailure when nobody answers in time
   */
  <A, R> R update(Function<ModelSteward, Func1<A, R>> method, A request, Duration atMost) {
    ModelSteward steward =
        session
            .client()
            .newWorkflowStub(ModelSteward.class, TemporalSteward.options(model).build());
    CompletableFuture<R> answer =
        CompletableFuture.supplyAsync(
            () ->
                WorkflowClient.executeUpdateWithStart(
                    method.apply(steward),
                    request,
                    UpdateOptions.<R>newBuilder().build(),
                    new WithStartWorkflowOperation<>(steward::run, StewardState.fresh(model))),
            task -> Thread.ofVirtual().name("steward-call").start(task));
    try {
      return answer.get(atMost.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw new IllegalStateException(e.getCause());
    } catch (TimeoutException e) {
      throw new CliFailure(
          ExitCode.FAILED,
          "steward of "
              + model
              + ": no answer in "
              + atMost.toSeconds()
              + " s (expected: a worker that runs; infra/millrace status shows it)",
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CliFailure(ExitCode.FAILED, "interrupted while the steward answered", e);
    }
  }

  /** A start without a worker would hang; a server that cannot tell is believed. */
  void requireWorker() {
    WorkflowClient client = session.client();
    try {
      boolean polled =
          client
                  .getWorkflowServiceStubs()
                  .blockingStub()
                  .describeTaskQueue(
                      DescribeTaskQueueRequest.newBuilder()
                          .setNamespace(client.getOptions().getNamespace())
                          .setTaskQueue(TaskQueue.newBuilder().setName(TaskQueues.PIPELINE))
                          .setTaskQueueType(TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW)
                          .build())
                  .getPollersCount()
              > 0;
      if (!polled) {
        throw new CliFailure(
            ExitCode.FAILED,
            "worker: none polls the task queue "
                + TaskQueues.PIPELINE
                + " (expected: infra/millrace up)");
      }
    } catch (StatusRuntimeException e) {
      if (e.getStatus().getCode() != io.grpc.Status.Code.UNIMPLEMENTED) {
        throw e;
      }
    }
  }
}
