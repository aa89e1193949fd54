package io.millrace.workflows.trial;

import io.millrace.workflows.options.ActivityProfiles;
import io.millrace.workflows.port.train.TrainActivities;
import io.temporal.workflow.Workflow;

/** Trains on whichever node of the pool is free; a lost node's trial goes to the next one. */
public final class TrainingTrialImpl implements TrainingTrial {
  @Override
  public TrainActivities.TrialResult run(TrialStart start) {
    return Workflow.newActivityStub(
            TrainActivities.class,
            ActivityProfiles.saying(
                "trial " + start.request().trial() + ": " + start.request().candidate().family(),
                ActivityProfiles.train(start.taskQueue())))
        .fit(start.request());
  }
}
