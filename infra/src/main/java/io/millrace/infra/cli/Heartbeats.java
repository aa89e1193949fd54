package io.millrace.infra.cli;

import io.grpc.StatusRuntimeException;
import io.millrace.workflows.pool.ComputePool;
import io.millrace.workflows.pool.ComputePool.PoolStatus;
import io.millrace.workflows.port.data.DataActivities.IngestProgress;
import io.millrace.workflows.port.train.TrainActivities.TrialProgress;
import io.millrace.workflows.rollout.Rollout;
import io.temporal.api.common.v1.WorkflowExecution;
import io.temporal.api.workflow.v1.PendingActivityInfo;
import io.temporal.api.workflow.v1.PendingChildExecutionInfo;
import io.temporal.api.workflowservice.v1.DescribeWorkflowExecutionRequest;
import io.temporal.api.workflowservice.v1.DescribeWorkflowExecutionResponse;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowException;
import io.temporal.common.converter.DataConverterException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a run's activities and children say about themselves right now. */
final class Heartbeats {
  private final WorkflowClient client;

  Heartbeats(WorkflowClient client) {
    this.client = client;
  }

  /**
   * @param ingest null unless the run ingests
   * @param retrying why the running activity is tried again; null when it is not
   * @param rollout share of the new version; null unless a rollout is under way
   * @param pool its nodes and what they cost; null unless the run trains
   */
  record Live(
      @Nullable IngestProgress ingest,
      List<TrialProgress> trials,
      @Nullable String retrying,
      @Nullable Double rollout,
      @Nullable PoolStatus pool) {
    static final Live NOTHING = new Live(null, List.of(), null, null, null);
  }

  /** Nothing when the server does not know. */
  Live of(String workflowId) {
    try {
      DescribeWorkflowExecutionResponse run = describe(workflowId);
      IngestProgress ingest = null;
      String retrying = null;
      for (PendingActivityInfo activity : run.getPendingActivitiesList()) {
        if (activity.getActivityType().getName().equals("DataIngest")) {
          ingest = details(activity, IngestProgress.class).orElse(null);
        }
        if (activity.getAttempt() > 1 && activity.hasLastFailure()) {
          retrying =
              "attempt " + activity.getAttempt() + ": " + activity.getLastFailure().getMessage();
        }
      }
      List<TrialProgress> trials = new ArrayList<>();
      Double rollout = null;
      PoolStatus pool = null;
      for (PendingChildExecutionInfo child : run.getPendingChildrenList()) {
        switch (child.getWorkflowTypeName()) {
          case "TrainingTrial" ->
              describe(child.getWorkflowId())
                  .getPendingActivitiesList()
                  .forEach(a -> details(a, TrialProgress.class).ifPresent(trials::add));
          case "Rollout" ->
              rollout =
                  client.newWorkflowStub(Rollout.class, child.getWorkflowId()).status().weight();
          case "ComputePool" ->
              pool = client.newWorkflowStub(ComputePool.class, child.getWorkflowId()).status();
          default -> {}
        }
      }
      trials.sort(java.util.Comparator.comparingInt(TrialProgress::trial));
      return new Live(ingest, trials, retrying, rollout, pool);
    } catch (StatusRuntimeException | WorkflowException | DataConverterException e) {
      return Live.NOTHING;
    }
  }

  private DescribeWorkflowExecutionResponse describe(String workflowId) {
    return client
        .getWorkflowServiceStubs()
        .blockingStub()
        .describeWorkflowExecution(
            DescribeWorkflowExecutionRequest.newBuilder()
                .setNamespace(client.getOptions().getNamespace())
                .setExecution(WorkflowExecution.newBuilder().setWorkflowId(workflowId))
                .build());
  }

  private <T> Optional<T> details(PendingActivityInfo activity, Class<T> type) {
    return activity.hasHeartbeatDetails()
        ? Optional.ofNullable(
            client
                .getOptions()
                .getDataConverter()
                .fromPayloads(0, Optional.of(activity.getHeartbeatDetails()), type, type))
        : Optional.empty();
  }
}
