package io.millrace.infra.cli;

import io.millrace.workflows.ref.Checks;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(name = "report", description = "Print where a run's report lies.")
final class ReportCommand extends CliCommand {
  @Parameters(paramLabel = "RUN", description = "Such as car-loan-3, or a model for its last run.")
  String run = "";

  @Override
  public Integer call() {
    String runId = RunName.inStore(session(), run, this::exists);
    if (!exists(runId)) {
      throw CliFailure.bad(
          "RUN: " + run + " (expected: a run that ended; " + key(runId) + " is not there)");
    }
    String place = session().store().location(key(runId));
    result(Map.of("run", runId, "report", place), place);
    return ExitCode.OK;
  }

  private boolean exists(String runId) {
    return session().store().sizeBytes(key(runId)).isPresent();
  }

  private static String key(String runId) {
    return "runs/" + Checks.name("RUN", runId) + "/report.html";
  }
}
