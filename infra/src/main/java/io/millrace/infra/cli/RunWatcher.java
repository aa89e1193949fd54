package io.millrace.infra.cli;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.millrace.workflows.pipeline.ModelPipeline;
import io.millrace.workflows.pipeline.PipelineStatus;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowException;
import io.temporal.client.WorkflowQueryException;
import io.temporal.client.WorkflowServiceException;
import io.temporal.client.WorkflowStub;
import java.time.Duration;
import java.time.Instant;

/** Follows a run to its end, or to where it waits for somebody. */
public final class RunWatcher {
  private static final Duration POLL = Duration.ofMillis(400);

  /** A worker that restarts answers again within this; then we say so, once. */
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  private final WorkflowClient client;
  private final Console console;
  private final String runId;
  private final String workflowId;

  /** Of the run with these names. */
  public RunWatcher(WorkflowClient client, Console console, String runId, String workflowId) {
    this.client = client;
    this.console = console;
    this.runId = runId;
    this.workflowId = workflowId;
  }

  /**
   * Returns when the run has ended, or waits for an approval or to be resumed.
   *
   * @param through true goes on watching while it waits
   */
  public PipelineStatus follow(boolean through) throws InterruptedException {
    Thread hook = new Thread(this::detached, "detach");
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      return poll(through);
    } finally {
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException e) {
        // we are going down already: the hook has said its word
      }
    }
  }

  private PipelineStatus poll(boolean through) throws InterruptedException {
    ModelPipeline run = client.newWorkflowStub(ModelPipeline.class, workflowId);
    Heartbeats heartbeats = new Heartbeats(client);
    RunView view = new RunView(console);
    Instant answered = Instant.now();
    boolean told = false;
    while (true) {
      try {
        PipelineStatus status = run.status();
        answered = Instant.now();
        told = false;
        view.show(status, heartbeats.of(workflowId));
        if (status.outcome() != null
            || (!through && (status.suspension() != null || status.approval() != null))) {
          return status;
        }
      } catch (WorkflowQueryException | WorkflowServiceException | StatusRuntimeException e) {
        if (gone(e)) {
          throw e;
        }
        if (!told && Duration.between(answered, Instant.now()).compareTo(PATIENCE) > 0) {
          told = true;
          console
              .err()
              .println("the worker does not answer; the run goes on when it is back (status?)");
        }
      }
      ended(run);
      Thread.sleep(POLL);
    }
  }

  /** A run that was terminated or timed out has no outcome to wait for. */
  private void ended(ModelPipeline run) {
    try {
      var state = WorkflowStub.fromTyped(run).describe().getStatus();
      switch (state) {
        case WORKFLOW_EXECUTION_STATUS_TERMINATED,
            WORKFLOW_EXECUTION_STATUS_TIMED_OUT,
            WORKFLOW_EXECUTION_STATUS_CANCELED,
            WORKFLOW_EXECUTION_STATUS_FAILED ->
            throw new CliFailure(
                ExitCode.FAILED,
                "run "
                    + runId
                    + " was "
                    + state
                        .name()
                        .replace("WORKFLOW_EXECUTION_STATUS_", "")
                        .toLowerCase(java.util.Locale.ROOT)
                    + "; a new run takes over what it finished: infra/millrace run SPEC"
                    + " --resume-from "
                    + runId);
        default -> {}
      }
    } catch (WorkflowException | StatusRuntimeException e) {
      // the next round asks again
    }
  }

  private static boolean gone(RuntimeException e) {
    for (Throwable t = e; t != null; t = t.getCause()) {
      if (t instanceof io.temporal.client.WorkflowNotFoundException
          || (t instanceof StatusRuntimeException s
              && s.getStatus().getCode() == Status.Code.NOT_FOUND)) {
        return true;
      }
    }
    return false;
  }

  private void detached() {
    console
        .err()
        .println("\ndetached; the run goes on. To come back: infra/millrace watch " + runId);
  }
}
