package io.millrace.infra.cli;

import io.millrace.workflows.options.WorkflowIds;
import io.millrace.workflows.ref.Checks;
import io.temporal.client.schedules.ScheduleClient;
import io.temporal.client.schedules.ScheduleHandle;
import io.temporal.client.schedules.ScheduleListDescription;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
    name = "schedules",
    description = "List, pause, resume or trigger the drift checks of models.")
final class SchedulesCommand extends CliCommand {
  enum Action {
    list,
    pause,
    resume,
    trigger
  }

  @Parameters(
      index = "0",
      paramLabel = "ACTION",
      defaultValue = "list",
      description = "${COMPLETION-CANDIDATES}")
  Action action = Action.list;

  @Parameters(index = "1", paramLabel = "NAME", arity = "0..1", description = "The model.")
  @Nullable String model;

  @Override
  public Integer call() {
    if (action == Action.list) {
      list(session().schedules());
      return ExitCode.OK;
    }
    if (model == null) {
      throw CliFailure.bad("NAME: nothing (expected: the model whose checks to " + action + ")");
    }
    String id = WorkflowIds.driftSchedule(Checks.name("NAME", model));
    ScheduleHandle handle = session().schedules().getHandle(id);
    String note = action + " by " + Who.user();
    switch (action) {
      case pause -> handle.pause(note);
      case resume -> handle.unpause(note);
      case trigger -> handle.trigger();
      case list -> throw new IllegalStateException("handled above");
    }
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("schedule", id);
    object.put("action", action.name());
    result(
        object,
        model
            + switch (action) {
              case pause -> ": drift checks are paused; schedules resume " + model + " goes on";
              case resume -> ": drift checks go on";
              case trigger -> ": a drift check starts now; drift " + model + " shows what it found";
              case list -> throw new IllegalStateException("handled above");
            });
    return ExitCode.OK;
  }

  private void list(ScheduleClient client) {
    List<Map<String, Object>> rows = new ArrayList<>();
    StringBuilder text = new StringBuilder();
    for (ScheduleListDescription schedule : client.listSchedules().toList()) {
      boolean paused =
          schedule.getSchedule() != null && schedule.getSchedule().getState().isPaused();
      List<Instant> next =
          schedule.getInfo() == null ? List.of() : schedule.getInfo().getNextActionTimes();
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("schedule", schedule.getScheduleId());
      row.put("paused", paused);
      row.put("next", next.isEmpty() ? null : next.getFirst());
      rows.add(row);
      text.append(
          "%-40s %s%n"
              .formatted(
                  schedule.getScheduleId(),
                  paused ? "paused" : next.isEmpty() ? "" : "next " + next.getFirst()));
    }
    result(
        Map.of("schedules", rows),
        rows.isEmpty() ? "no schedules" : text.toString().stripTrailing());
  }
}
