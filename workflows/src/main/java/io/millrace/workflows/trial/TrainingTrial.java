package io.millrace.workflows.trial;

import io.millrace.workflows.port.train.TrainActivities;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;

/** One trial on the pool's task queue. Child of the run. */
@WorkflowInterface
public interface TrainingTrial {
  @WorkflowMethod
  TrainActivities.TrialResult run(TrialStart start);

  /**
   * @param taskQueue the pool's
   */
  record TrialStart(String taskQueue, TrainActivities.TrialRequest request) {}
}
