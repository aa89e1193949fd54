package io.millrace.activities.temporal;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.millrace.workflows.drift.DriftCheck;
import io.millrace.workflows.options.SearchAttributes;
import io.millrace.workflows.options.TaskQueues;
import io.millrace.workflows.options.WorkflowIds;
import io.millrace.workflows.port.schedule.ScheduleActivities;
import io.millrace.workflows.spec.WatchSpec;
import io.temporal.api.enums.v1.ScheduleOverlapPolicy;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.schedules.Schedule;
import io.temporal.client.schedules.ScheduleActionStartWorkflow;
import io.temporal.client.schedules.ScheduleAlreadyRunningException;
import io.temporal.client.schedules.ScheduleClient;
import io.temporal.client.schedules.ScheduleIntervalSpec;
import io.temporal.client.schedules.ScheduleOptions;
import io.temporal.client.schedules.SchedulePolicy;
import io.temporal.client.schedules.ScheduleSpec;
import io.temporal.client.schedules.ScheduleUpdate;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Drift checks as Temporal Schedules: one per model, created or brought to the spec. */
public final class TemporalSchedules implements ScheduleActivities {
  private static final Logger LOG = LoggerFactory.getLogger(TemporalSchedules.class);
  private final ScheduleClient client;

  public TemporalSchedules(ScheduleClient client) {
    this.client = client;
  }

  @Override
  public Ensured ensureDrift(DriftSchedule request) {
    Schedule schedule = schedule(request);
    String id = WorkflowIds.driftSchedule(request.model());
    try {
      client.createSchedule(
          id,
          schedule,
          ScheduleOptions.newBuilder()
              .setTypedSearchAttributes(attributes(request.model()))
              .setMemo(Map.of("model", request.model()))
              .build());
    } catch (ScheduleAlreadyRunningException exists) {
      client.getHandle(id).update(input -> new ScheduleUpdate(kept(input, schedule)));
    } catch (RuntimeException failure) {
      if (!unsupported(failure)) {
        throw failure;
      }
      LOG.warn("this Temporal server has no schedules: {} is not watched", request.model());
      return new Ensured(false);
    }
    return new Ensured(true);
  }

  /** A schedule that a person paused stays paused. */
  private static Schedule kept(
      io.temporal.client.schedules.ScheduleUpdateInput input, Schedule schedule) {
    return Schedule.newBuilder(schedule)
        .setState(input.getDescription().getSchedule().getState())
        .build();
  }

  private static Schedule schedule(DriftSchedule request) {
    String model = request.model();
    WatchSpec.ScheduleSpec times = request.schedule();
    return Schedule.newBuilder()
        .setAction(
            ScheduleActionStartWorkflow.newBuilder()
                .setWorkflowType(DriftCheck.class)
                .setArguments(new DriftCheck.DriftCheckRequest(model, null, request.receivers()))
                .setOptions(
                    WorkflowOptions.newBuilder()
                        .setWorkflowId(WorkflowIds.driftCheck(model))
                        .setTaskQueue(TaskQueues.PIPELINE)
                        .setMemo(Map.of("model", model))
                        .setTypedSearchAttributes(attributes(model))
                        .build())
                .build())
        .setSpec(
            ScheduleSpec.newBuilder()
                .setIntervals(List.of(new ScheduleIntervalSpec(times.every())))
                .setJitter(times.jitter())
                .build())
        .setPolicy(
            SchedulePolicy.newBuilder()
                // a check that takes longer than the interval is not started twice
                .setOverlap(ScheduleOverlapPolicy.SCHEDULE_OVERLAP_POLICY_SKIP)
                .setCatchupWindow(times.catchUp())
                .build())
        .build();
  }

  private static io.temporal.common.SearchAttributes attributes(String model) {
    return io.temporal.common.SearchAttributes.newBuilder()
        .set(SearchAttributes.MODEL, model)
        .build();
  }

  /** The in-memory test server knows no schedules. */
  private static boolean unsupported(Throwable failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof StatusRuntimeException status
          && status.getStatus().getCode() == Status.Code.UNIMPLEMENTED) {
        return true;
      }
    }
    return false;
  }
}
