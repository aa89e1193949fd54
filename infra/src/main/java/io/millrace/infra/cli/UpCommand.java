package io.millrace.infra.cli;

import io.millrace.infra.local.LocalServices;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;

@Command(
    name = "up",
    description =
        "Start the Temporal server and the worker of this machine; what runs is left alone.")
final class UpCommand extends CliCommand {
  @Override
  public Integer call() {
    LocalServices services =
        new LocalServices(session().config(), session().config().temporal().cli());
    session().store();
    services.up(this::progress);
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("temporal", services.address());
    object.put("ui", session().uiLink());
    object.put("store", session().config().storeUri());
    result(
        object,
        "up: Temporal %s, UI %s, store %s"
            .formatted(services.address(), session().uiLink(), session().config().storeUri()));
    return ExitCode.OK;
  }
}
