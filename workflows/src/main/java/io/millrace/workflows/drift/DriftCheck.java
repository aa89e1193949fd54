package io.millrace.workflows.drift;

import io.millrace.workflows.port.watch.WatchActivities;
import io.millrace.workflows.ref.Checks;
import io.millrace.workflows.spec.WatchSpec;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One look at an endpoint, started by a Schedule: profiles, verdicts, report, alert, steward. */
@WorkflowInterface
public interface DriftCheck {
  @WorkflowMethod
  WatchActivities.DriftReport run(DriftCheckRequest request);

  /**
   * @param at the nominal time; null is the schedule's, or now
   * @param receivers who hears of alerts; empty for those that the champion's spec names
   */
  record DriftCheckRequest(
      String model, @Nullable Instant at, List<WatchSpec.NotifySpec> receivers) {
    public DriftCheckRequest {
      receivers = Checks.list(receivers);
    }

    public DriftCheckRequest(String model, @Nullable Instant at) {
      this(model, at, List.of());
    }
  }
}
