package io.millrace.activities.temporal;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.millrace.activities.store.ObjectStore;
import io.millrace.workflows.drift.DriftCheck;
import io.millrace.workflows.janitor.Janitor;
import io.millrace.workflows.janitor.Janitor.JanitorRequest;
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
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Temporal Schedules: one per model for its drift checks, created or brought to the spec, and one
 * for the janitor's rounds.
 */
public final class TemporalSchedules implements ScheduleActivities {
  private static final Logger LOG = LoggerFactory.getLogger(TemporalSchedules.class);

  /** Orphans cost money by the hour. */
  private static final Duration JANITOR_EVERY = Duration.ofHours(1);

  private static final Duration JANITOR_JITTER = Duration.ofMinutes(5);

  private final ScheduleClient client;
  private final ScheduleReview review;

  /**
   * @param store where endpoints and versions are, to know which models should be watched
   */
  public TemporalSchedules(ScheduleClient client, ObjectStore store) {
    this.client = client;
    this.review = new ScheduleReview(client, store);
  }

  @Override
  public Ensured ensureDrift(DriftSchedule request) {
    ScheduleOptions options =
        ScheduleOptions.newBuilder()
            .setTypedSearchAttributes(attributes(request.model()))
            .setMemo(Map.of("model", request.model()))
            .build();
    return ensure(
        WorkflowIds.driftSchedule(request.model()), schedule(request), options, request.model());
  }

  /** Creates the schedule of the janitor's rounds, or brings it to what it should be. */
  public Ensured ensureJanitor(JanitorRequest request) {
    Schedule schedule =
        Schedule.newBuilder()
            .setAction(
                ScheduleActionStartWorkflow.newBuilder()
                    .setWorkflowType(Janitor.class)
                    .setArguments(request)
                    .setOptions(
                        WorkflowOptions.newBuilder()
                            .setWorkflowId(WorkflowIds.JANITOR)
                            .setTaskQueue(TaskQueues.PIPELINE)
                            .build())
                    .build())
            .setSpec(
                ScheduleSpec.newBuilder()
                    .setIntervals(List.of(new ScheduleIntervalSpec(JANITOR_EVERY)))
                    .setJitter(JANITOR_JITTER)
                    .build())
            .setPolicy(
                SchedulePolicy.newBuilder()
                    .setOverlap(ScheduleOverlapPolicy.SCHEDULE_OVERLAP_POLICY_SKIP)
                    // a round that was missed is made up for by the next
                    .setCatchupWindow(JANITOR_EVERY)
                    .build())
            .build();
    return ensure(
        WorkflowIds.JANITOR_SCHEDULE, schedule, ScheduleOptions.newBuilder().build(), "this store");
  }

  @Override
  public Review review(ReviewRequest request) {
    List<String> models = request.models().isEmpty() ? review.watched() : request.models();
    List<Lapse> lapses = new ArrayList<>();
    List<ScheduleCounts> counts = new ArrayList<>();
    Instant now = Instant.now();
    for (String model : models) {
      try {
        ScheduleReview.Seen seen = review.of(model, now);
        seen.lapse().ifPresent(lapses::add);
        seen.counts().ifPresent(counts::add);
      } catch (RuntimeException failure) {
        if (!unsupported(failure)) {
          throw failure;
        }
        return new Review(false, 0, List.of());
      }
    }
    return new Review(true, models.size(), lapses, counts);
  }

  private Ensured ensure(String id, Schedule schedule, ScheduleOptions options, String whose) {
    try {
      client.createSchedule(id, schedule, options);
    } catch (ScheduleAlreadyRunningException exists) {
      client.getHandle(id).update(input -> new ScheduleUpdate(kept(input, schedule)));
    } catch (RuntimeException failure) {
      if (!unsupported(failure)) {
        throw failure;
      }
      LOG.warn("this Temporal server has no schedules: {} is not watched", whose);
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

  static boolean notFound(Throwable failure) {
    return has(failure, Status.Code.NOT_FOUND);
  }

  /** The in-memory test server knows no schedules. */
  private static boolean unsupported(Throwable failure) {
    return has(failure, Status.Code.UNIMPLEMENTED);
  }

  private static boolean has(Throwable failure, Status.Code code) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof StatusRuntimeException status && status.getStatus().getCode() == code) {
        return true;
      }
    }
    return false;
  }
}
