package io.millrace.events.approve;

import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.pipeline.ModelPipeline.ApprovalRequest;
import io.millrace.workflows.pipeline.PipelineStatus;
import io.temporal.client.UpdateOptions;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowNotFoundException;
import io.temporal.client.WorkflowStub;
import io.temporal.client.WorkflowUpdateException;
import io.temporal.client.WorkflowUpdateStage;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/** Runs as people ask and answer them. Thread-safe. */
public final class Runs {
  /** Less than the half minute after which the function's own caller gives up. */
  private static final long PATIENCE_SECONDS = 20;

  private final WorkflowClient client;

  public Runs(WorkflowClient client) {
    this.client = client;
  }

  /** The run said no; the message says why. */
  static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1;

    Refused(String message) {
      super(message);
    }
  }

  /** There is no such run, or it is over. */
  static final class Unknown extends RuntimeException {
    private static final long serialVersionUID = 1;

    Unknown(String workflowId) {
      super("run: " + workflowId + " (expected: a run that is under way)");
    }
  }

  /** No answer, which says nothing of whether the run heard it. */
  static final class Unreachable extends RuntimeException {
    private static final long serialVersionUID = 1;

    Unreachable(Throwable cause) {
      super(cause);
    }
  }

  PipelineStatus status(String workflowId) {
    return asked(workflowId, () -> stub(workflowId).query("status", PipelineStatus.class));
  }

  /**
   * Answers for a person.
   *
   * @param key the same for the same answer: a repeat gets the first one's result
   * @return the run's id
   */
  public String approve(String workflowId, String key, ApprovalRequest request) {
    UpdateOptions<PipelineStatus> update =
        UpdateOptions.newBuilder(PipelineStatus.class)
            .setUpdateName("approve")
            .setUpdateId(key)
            .setWaitForStage(WorkflowUpdateStage.COMPLETED)
            .build();
    return asked(
        workflowId, () -> stub(workflowId).startUpdate(update, request).getResult().runId());
  }

  private WorkflowStub stub(String workflowId) {
    return client.newUntypedWorkflowStub(workflowId);
  }

  /** The client itself would wait for as long as no worker runs. */
  private static <T> T asked(String workflowId, Supplier<T> question) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    Thread asking =
        Thread.startVirtualThread(
            () -> {
              try {
                answer.complete(question.get());
              } catch (RuntimeException | Error e) {
                answer.completeExceptionally(e);
              }
            });
    try {
      return answer.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      asking.interrupt();
      throw new Unreachable(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      asking.interrupt();
      throw new Unreachable(e);
    } catch (ExecutionException e) {
      Throwable failure = e.getCause() == null ? e : e.getCause();
      if (failure instanceof WorkflowUpdateException) {
        throw new Refused(Failures.sentence(failure));
      }
      if (failure instanceof WorkflowNotFoundException) {
        throw new Unknown(workflowId);
      }
      throw new Unreachable(failure);
    }
  }
}
