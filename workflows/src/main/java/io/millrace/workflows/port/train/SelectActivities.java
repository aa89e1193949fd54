package io.millrace.workflows.port.train;

import io.millrace.workflows.port.Journaled;
import io.millrace.workflows.port.JournaledRequest;
import io.millrace.workflows.ref.DatasetRef;
import io.millrace.workflows.ref.RunRef;
import io.millrace.workflows.spec.DataSpec;
import io.millrace.workflows.spec.Task;
import io.millrace.workflows.spec.TrainingSpec;
import io.temporal.activity.ActivityInterface;
import java.util.List;

/** Chooses among finished trials; on the worker, not on a node. */
@ActivityInterface(namePrefix = "Select")
public interface SelectActivities {
  /**
   * Ranks by the objective on the validation split; a tie by paired bootstrap goes to fewer
   * weights.
   */
  @Journaled
  Selection winner(SelectRequest request);

  record SelectRequest(
      RunRef run,
      Task task,
      DatasetRef dataset,
      DataSpec data,
      TrainingSpec.Objective objective,
      long seed,
      List<TrainActivities.TrialResult> trials)
      implements JournaledRequest {}

  /**
   * @param sentence why it won
   */
  record Selection(TrainActivities.TrialResult winner, String sentence) {}
}
