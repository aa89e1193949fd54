package io.millrace.workflows.port.schedule;

import io.millrace.workflows.ref.Checks;
import io.millrace.workflows.spec.WatchSpec;
import io.temporal.activity.ActivityInterface;
import java.util.List;

/** Temporal Schedules. */
@ActivityInterface(namePrefix = "Schedule")
public interface ScheduleActivities {
  /**
   * Creates the model's drift schedule or brings it to this spec: overlap skip, catch-up and jitter
   * explicit.
   */
  Ensured ensureDrift(DriftSchedule request);

  /**
   * @param possible false when the server has no schedules, as the in-memory one
   */
  record Ensured(boolean possible) {}

  /**
   * @param receivers who hears of a drift
   */
  record DriftSchedule(
      String model, WatchSpec.ScheduleSpec schedule, List<WatchSpec.NotifySpec> receivers) {
    public DriftSchedule {
      receivers = Checks.list(receivers);
    }
  }
}
