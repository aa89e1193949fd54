package io.millrace.activities.temporal;

import io.millrace.activities.store.ObjectStore;
import io.millrace.workflows.drift.DriftSummary;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.options.SearchAttributes;
import io.millrace.workflows.options.TaskQueues;
import io.millrace.workflows.options.WorkflowIds;
import io.millrace.workflows.pipeline.ModelPipeline;
import io.millrace.workflows.pipeline.PipelineOutcome;
import io.millrace.workflows.pipeline.PipelineStatus;
import io.millrace.workflows.port.steward.StewardActivities;
import io.millrace.workflows.rollout.Rollout;
import io.millrace.workflows.rollout.Rollout.RolloutOutcome;
import io.millrace.workflows.steward.ModelSteward;
import io.millrace.workflows.steward.StewardState;
import io.temporal.api.enums.v1.WorkflowExecutionStatus;
import io.temporal.api.enums.v1.WorkflowIdConflictPolicy;
import io.temporal.client.BatchRequest;
import io.temporal.client.UpdateOptions;
import io.temporal.client.WithStartWorkflowOperation;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowException;
import io.temporal.client.WorkflowExecutionDescription;
import io.temporal.client.WorkflowFailedException;
import io.temporal.client.WorkflowNotFoundException;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import io.temporal.client.WorkflowUpdateException;
import io.temporal.client.WorkflowUpdateStage;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Reaches stewards by signal and update, each with start: a steward that does not exist yet, or was
 * ended, is there when the message arrives.
 */
public final class TemporalSteward implements StewardActivities {
  /** For traffic to be back where it was; who waits has a minute for all of it. */
  private static final Duration ABORT = Duration.ofSeconds(15);

  private final WorkflowClient client;
  private final ObjectStore store;

  /**
   * @param store where {@code runs/} lies, to number runs after those of a steward that was lost
   */
  public TemporalSteward(WorkflowClient client, ObjectStore store) {
    this.client = client;
    this.store = store;
  }

  @Override
  public Admission admit(AdmitRequest request) {
    ModelSteward steward =
        client.newWorkflowStub(ModelSteward.class, options(request.model()).build());
    try {
      ModelSteward.Admitted admitted =
          WorkflowClient.executeUpdateWithStart(
              steward::admit,
              new ModelSteward.AdmitRun(
                  request.workflowId(),
                  request.trigger(),
                  request.number(),
                  request.request(),
                  request.retraining()),
              UpdateOptions.<ModelSteward.Admitted>newBuilder()
                  .setWaitForStage(WorkflowUpdateStage.COMPLETED)
                  .build(),
              new WithStartWorkflowOperation<>(steward::run, StewardState.fresh(request.model())));
      return new Admission(admitted.number());
    } catch (WorkflowUpdateException refused) {
      FailureType type = Failures.typeOf(refused).orElse(null);
      if (type == null) {
        throw refused;
      }
      throw Failures.of(type, refused, Failures.sentence(cause(refused)));
    }
  }

  private static Throwable cause(WorkflowUpdateException refused) {
    Throwable cause = refused.getCause();
    return cause == null ? refused : cause;
  }

  @Override
  public void finished(FinishedNotice notice) {
    ModelSteward steward =
        client.newWorkflowStub(ModelSteward.class, options(notice.model()).build());
    BatchRequest batch = client.newSignalWithStartRequest();
    batch.add(steward::run, StewardState.fresh(notice.model()));
    batch.add(
        steward::finished, new ModelSteward.RunFinished(notice.workflowId(), notice.outcome()));
    client.signalWithStart(batch);
  }

  @Override
  public void drift(DriftSummary summary) {
    ModelSteward steward =
        client.newWorkflowStub(ModelSteward.class, options(summary.model()).build());
    BatchRequest batch = client.newSignalWithStartRequest();
    batch.add(steward::run, StewardState.fresh(summary.model()));
    batch.add(steward::drift, summary);
    client.signalWithStart(batch);
  }

  /** Options of every start of a steward, for whoever starts one. */
  public static WorkflowOptions.Builder options(String model) {
    return WorkflowOptions.newBuilder()
        .setTaskQueue(TaskQueues.PIPELINE)
        .setWorkflowId(WorkflowIds.steward(model))
        .setWorkflowIdConflictPolicy(
            WorkflowIdConflictPolicy.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING)
        .setStaticSummary("steward of " + model)
        .setTypedSearchAttributes(
            io.temporal.common.SearchAttributes.newBuilder()
                .set(SearchAttributes.MODEL, model)
                .build());
  }

  @Override
  public RunState inspect(Inspection inspection) {
    WorkflowStub run = client.newUntypedWorkflowStub(inspection.workflowId());
    WorkflowExecutionDescription description;
    try {
      description = run.describe();
    } catch (WorkflowNotFoundException gone) {
      return new RunState(false, null, null, false);
    }
    WorkflowExecutionStatus status = description.getStatus();
    return switch (status) {
      case WORKFLOW_EXECUTION_STATUS_RUNNING,
          WORKFLOW_EXECUTION_STATUS_CONTINUED_AS_NEW,
          WORKFLOW_EXECUTION_STATUS_PAUSED ->
          new RunState(true, suspension(inspection, description), null, false);
      case WORKFLOW_EXECUTION_STATUS_COMPLETED ->
          new RunState(false, null, run.getResult(PipelineOutcome.class), false);
      case WORKFLOW_EXECUTION_STATUS_TERMINATED, WORKFLOW_EXECUTION_STATUS_TIMED_OUT ->
          new RunState(false, null, null, true);
      default -> new RunState(false, null, null, false);
    };
  }

  /** The search attribute is enough to know; the query says what is to be known. */
  private PipelineStatus.@Nullable Suspension suspension(
      Inspection inspection, WorkflowExecutionDescription description) {
    String stage = description.getTypedSearchAttributes().get(SearchAttributes.STAGE);
    if (!"suspended".equals(stage)) {
      return null;
    }
    try {
      return client
          .newWorkflowStub(ModelPipeline.class, inspection.workflowId())
          .status()
          .suspension();
    } catch (WorkflowException unanswered) {
      return new PipelineStatus.Suspension("unknown", null, "no answer", Instant.EPOCH);
    }
  }

  @Override
  public Aborted abortRollout(AbortRollout request) {
    List<String> rollouts;
    try {
      rollouts =
          client
              .newUntypedWorkflowStub(request.workflowId())
              .describe()
              .getRawDescription()
              .getPendingChildrenList()
              .stream()
              .filter(child -> child.getWorkflowTypeName().equals("Rollout"))
              .map(child -> child.getWorkflowId())
              .toList();
    } catch (WorkflowNotFoundException gone) {
      return new Aborted(false, true);
    }
    boolean ended = true;
    for (String id : rollouts) {
      ended &= abort(id, new Rollout.AbortRequest(request.who(), request.reason()));
    }
    return new Aborted(!rollouts.isEmpty(), ended);
  }

  private boolean abort(String rollout, Rollout.AbortRequest request) {
    Rollout stub = client.newWorkflowStub(Rollout.class, rollout);
    try {
      stub.abort(request);
      WorkflowStub.fromTyped(stub)
          .getResult(ABORT.toMillis(), TimeUnit.MILLISECONDS, RolloutOutcome.class);
    } catch (WorkflowNotFoundException | WorkflowFailedException over) {
      return true;
    } catch (TimeoutException late) {
      return false;
    }
    return true;
  }

  @Override
  public LastRun lastRun(LastRunQuery query) {
    String prefix = "runs/" + query.model() + "-";
    int last = 0;
    for (String key : store.list(prefix)) {
      int end = key.indexOf('/', prefix.length());
      String number = end < 0 ? "" : key.substring(prefix.length(), end);
      // another model's name may begin with this one's
      if (number.matches("[1-9][0-9]{0,8}")) {
        last = Math.max(last, Integer.parseInt(number));
      }
    }
    return new LastRun(last);
  }
}
