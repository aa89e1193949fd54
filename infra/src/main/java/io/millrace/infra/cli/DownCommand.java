package io.millrace.infra.cli;

import io.millrace.infra.local.LocalServices;
import io.millrace.infra.local.Servers;
import java.util.Map;
import picocli.CommandLine.Command;

@Command(
    name = "down",
    description =
        "Stop the worker, the Temporal server, nodes and endpoints of this machine; state stays.")
final class DownCommand extends CliCommand {
  @Override
  public Integer call() {
    LocalServices services =
        new LocalServices(session().config(), session().config().temporal().cli());
    boolean any = services.down();
    int others = Servers.stopAll(session().config());
    result(
        Map.of("stopped", any || others > 0),
        any || others > 0
            ? "down: state is kept in " + session().config().home() + "; infra/millrace up goes on"
            : "down: nothing was running");
    return ExitCode.OK;
  }
}
