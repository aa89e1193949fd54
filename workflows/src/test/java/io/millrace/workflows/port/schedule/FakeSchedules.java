package io.millrace.workflows.port.schedule;

import io.millrace.workflows.port.Script;
import java.util.ArrayList;
import java.util.List;

/** Writes down which schedules were asked for; a test says which are not as they should be. */
public final class FakeSchedules extends Script implements ScheduleActivities {
  private final List<Lapse> lapses = new ArrayList<>();

  @Override
  public synchronized Ensured ensureDrift(DriftSchedule request) {
    called("ensureDrift", request);
    lapses.removeIf(lapse -> lapse.model().equals(request.model()));
    return new Ensured(true);
  }

  @Override
  public synchronized Review review(ReviewRequest request) {
    called("review", request);
    return new Review(true, 3, List.copyOf(lapses));
  }

  public synchronized void lapse(Lapse lapse) {
    lapses.add(lapse);
  }
}
