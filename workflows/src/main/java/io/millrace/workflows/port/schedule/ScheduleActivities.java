package io.millrace.workflows.port.schedule;

import io.millrace.workflows.ref.Checks;
import io.millrace.workflows.spec.WatchSpec;
import io.temporal.activity.ActivityInterface;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Temporal Schedules. */
@ActivityInterface(namePrefix = "Schedule")
public interface ScheduleActivities {
  /**
   * Creates the model's drift schedule or brings it to this spec: overlap skip, catch-up and jitter
   * explicit.
   */
  Ensured ensureDrift(DriftSchedule request);

  /** Looks whether every model with an endpoint is checked for drift as it should be. */
  Review review(ReviewRequest request);

  /**
   * @param possible false when the server has no schedules, as the in-memory one
   */
  record Ensured(boolean possible) {}

  /**
   * @param receivers who hears of alerts
   */
  record DriftSchedule(
      String model, WatchSpec.ScheduleSpec schedule, List<WatchSpec.NotifySpec> receivers) {
    public DriftSchedule {
      receivers = Checks.list(receivers);
    }
  }

  /**
   * @param models to look at; empty is every model with an endpoint
   */
  record ReviewRequest(List<String> models) {
    public ReviewRequest {
      models = Checks.list(models);
    }
  }

  /**
   * @param possible false when the server has no schedules; then there are no lapses
   * @param looked how many models were looked at
   * @param counts of the schedules that there are
   */
  record Review(boolean possible, int looked, List<Lapse> lapses, List<ScheduleCounts> counts) {
    public Review {
      lapses = Checks.list(lapses);
      counts = Checks.list(counts);
    }

    public Review(boolean possible, int looked, List<Lapse> lapses) {
      this(possible, looked, lapses, List.of());
    }
  }

  /**
   * What a schedule left out since it was made.
   *
   * @param missed checks whose catch-up time was over before a worker, or the server, was back
   * @param skipped checks that were not started because the one before still ran
   */
  record ScheduleCounts(String model, long missed, long skipped) {}

  /** What is wrong with a schedule. */
  enum LapseKind {
    /** There is none. */
    ABSENT,
    /** A person paused it. */
    PAUSED,
    /** It has not started a check for three intervals. */
    LATE
  }

  /**
   * @param run whose spec says how the model is watched; null when it is not known
   * @param sentence for people
   */
  record Lapse(String model, @Nullable String run, LapseKind kind, String sentence) {}
}
