package io.millrace.activities.temporal;

import io.millrace.activities.deploy.Endpoint;
import io.millrace.activities.deploy.Endpoints;
import io.millrace.activities.registry.Models;
import io.millrace.activities.registry.VersionEntry;
import io.millrace.activities.store.ObjectStore;
import io.millrace.workflows.options.WorkflowIds;
import io.millrace.workflows.port.schedule.ScheduleActivities.Lapse;
import io.millrace.workflows.port.schedule.ScheduleActivities.LapseKind;
import io.millrace.workflows.port.schedule.ScheduleActivities.ScheduleCounts;
import io.temporal.client.schedules.ScheduleActionResult;
import io.temporal.client.schedules.ScheduleClient;
import io.temporal.client.schedules.ScheduleDescription;
import io.temporal.client.schedules.ScheduleException;
import io.temporal.client.schedules.ScheduleIntervalSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Whether the drift checks of models with an endpoint happen. */
final class ScheduleReview {
  /** One start may be skipped because the check before it still runs, and one be jittered away. */
  private static final int LATE_AFTER = 3;

  private final ScheduleClient client;
  private final Endpoints endpoints;
  private final Models models;

  ScheduleReview(ScheduleClient client, ObjectStore store) {
    this.client = client;
    this.endpoints = new Endpoints(store);
    this.models = new Models(store);
  }

  /** Names of the models whose endpoint serves something, ascending. */
  List<String> watched() {
    return endpoints.all().stream()
        .filter(endpoint -> !endpoint.versions().isEmpty())
        .map(Endpoint::name)
        .toList();
  }

  /**
   * What is wrong with a model's schedule, and what it left out.
   *
   * @param lapse empty when nothing is wrong
   * @param counts empty without a schedule
   */
  record Seen(Optional<Lapse> lapse, Optional<ScheduleCounts> counts) {}

  Seen of(String model, Instant now) {
    String id = WorkflowIds.driftSchedule(model);
    ScheduleDescription description;
    try {
      description = client.getHandle(id).describe();
    } catch (ScheduleException missing) {
      if (!TemporalSchedules.notFound(missing)) {
        throw missing;
      }
      return new Seen(
          lapse(model, LapseKind.ABSENT, "no schedule " + id + " (expected: one)"),
          Optional.empty());
    }
    ScheduleCounts counts =
        new ScheduleCounts(
            model,
            description.getInfo().getNumActionsMissedCatchupWindow(),
            description.getInfo().getNumActionsSkippedOverlap());
    return new Seen(lapse(model, id, description, now), Optional.of(counts));
  }

  private Optional<Lapse> lapse(
      String model, String id, ScheduleDescription description, Instant now) {
    if (description.getSchedule().getState().isPaused()) {
      String note = description.getSchedule().getState().getNote();
      return lapse(
          model,
          LapseKind.PAUSED,
          id + " is paused" + (note == null || note.isBlank() ? "" : ": " + note));
    }
    Duration every = every(description);
    Instant last = last(description);
    if (every == null || last == null || last.plus(every.multipliedBy(LATE_AFTER)).isAfter(now)) {
      return Optional.empty();
    }
    return lapse(
        model,
        LapseKind.LATE,
        id + " started nothing since " + last + " (expected: a check each " + every + ")");
  }

  private Optional<Lapse> lapse(String model, LapseKind kind, String sentence) {
    String run =
        models.versions(model).stream().reduce((a, b) -> b).map(VersionEntry::run).orElse(null);
    return Optional.of(new Lapse(model, run, kind, sentence));
  }

  private static @Nullable Duration every(ScheduleDescription description) {
    List<ScheduleIntervalSpec> intervals = description.getSchedule().getSpec().getIntervals();
    return intervals == null || intervals.isEmpty() ? null : intervals.getFirst().getEvery();
  }

  /** When it last did something, or was made or changed. */
  private static @Nullable Instant last(ScheduleDescription description) {
    List<Instant> known = new ArrayList<>();
    for (ScheduleActionResult action : description.getInfo().getRecentActions()) {
      known.add(action.getScheduledAt());
    }
    Instant made = description.getInfo().getCreatedAt();
    Instant changed = description.getInfo().getLastUpdatedAt();
    if (made != null) {
      known.add(made);
    }
    if (changed != null) {
      known.add(changed);
    }
    return known.stream().max(Instant::compareTo).orElse(null);
  }
}
