package io.millrace.infra.cli;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(name = "ui", description = "Print where Temporal's web UI shows a run, or all of them.")
final class UiCommand extends CliCommand {
  @Parameters(paramLabel = "RUN", arity = "0..1", description = "Such as car-loan-3.")
  @Nullable String run;

  @Override
  public Integer call() {
    String link =
        run == null
            ? session().uiLink()
            : session().uiLink(RunName.find(session().client(), run).workflowId());
    result(Map.of("ui", link), link);
    return ExitCode.OK;
  }
}
