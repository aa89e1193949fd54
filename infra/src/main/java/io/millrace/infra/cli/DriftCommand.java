package io.millrace.infra.cli;

import io.millrace.workflows.drift.DriftCheck;
import io.millrace.workflows.drift.DriftCheck.DriftCheckRequest;
import io.millrace.workflows.drift.DriftSummary;
import io.millrace.workflows.options.TaskQueues;
import io.millrace.workflows.options.WorkflowIds;
import io.millrace.workflows.port.watch.WatchActivities.DriftReport;
import io.millrace.workflows.port.watch.WatchActivities.WindowReport;
import io.temporal.api.enums.v1.WorkflowIdConflictPolicy;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowOptions;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "drift", description = "Print what the last drift check of a model found.")
final class DriftCommand extends CliCommand {
  @Parameters(paramLabel = "NAME", description = "The model.")
  String model = "";

  @Option(names = "--now", description = "Check now, and print what it finds.")
  boolean now;

  @Override
  public Integer call() {
    if (now) {
      DriftReport report = check();
      result(report, text(report));
      return ExitCode.OK;
    }
    DriftSummary last = RunName.steward(session().client(), model).status().lastDrift();
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("model", model);
    object.put("last", last);
    result(
        object,
        last == null
            ? model + ": no drift check yet (--now makes one)"
            : "%s at %s: %s. %s".formatted(model, last.at(), last.state(), last.sentence()));
    return ExitCode.OK;
  }

  private DriftReport check() {
    WorkflowClient client = session().client();
    RunName.steward(client, model).status();
    DriftCheck check =
        client.newWorkflowStub(
            DriftCheck.class,
            WorkflowOptions.newBuilder()
                .setWorkflowId(WorkflowIds.driftCheck(model))
                .setTaskQueue(TaskQueues.PIPELINE)
                .setWorkflowIdConflictPolicy(
                    WorkflowIdConflictPolicy.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING)
                .build());
    return check.run(new DriftCheckRequest(model, null));
  }

  private String text(DriftReport report) {
    StringBuilder text = new StringBuilder(model + ": " + report.state());
    for (WindowReport window : report.windows()) {
      text.append(
          "\n  rows %d to %d: %s"
              .formatted(
                  window.firstRow(), window.firstRow() + window.rows() - 1, window.sentence()));
      window.multivariate().forEach(said -> text.append("\n    ").append(said.sentence()));
      window.estimates().forEach(said -> text.append("\n    ").append(said.sentence()));
    }
    if (report.windows().isEmpty()) {
      text.append("\n  no complete window since the last check");
    }
    if (report.reportKey() != null) {
      text.append("\n  report  ").append(session().store().location(report.reportKey()));
    }
    return text.toString();
  }
}
