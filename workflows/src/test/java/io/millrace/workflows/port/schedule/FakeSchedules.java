package io.millrace.workflows.port.schedule;

import io.millrace.workflows.port.Script;

/** Writes down which schedules were asked for. */
public final class FakeSchedules extends Script implements ScheduleActivities {
  @Override
  public Ensured ensureDrift(DriftSchedule request) {
    called("ensureDrift", request);
    return new Ensured(true);
  }
}
