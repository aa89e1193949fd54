package io.millrace.workflows.port.train;

import io.millrace.workflows.port.Script;
import java.util.Comparator;

/** The best of the first validation metric. */
public final class FakeSelect extends Script implements SelectActivities {
  @Override
  public Selection winner(SelectRequest request) {
    called("winner", request);
    TrainActivities.TrialResult winner =
        request.trials().stream()
            .max(Comparator.comparingDouble(t -> t.validation().get(0).value()))
            .orElseThrow();
    return new Selection(winner, winner.family() + " has the best validation metric");
  }
}
