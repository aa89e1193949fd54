package io.millrace.infra.cli;

import io.millrace.infra.local.LocalServices;
import io.millrace.infra.local.LocalServices.ServiceStatus;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;

@Command(name = "status", description = "What of this machine runs.")
final class StatusCommand extends CliCommand {
  @Override
  public Integer call() {
    LocalServices services =
        new LocalServices(session().config(), session().config().temporal().cli());
    List<ServiceStatus> all = services.status();
    Map<String, Object> object = new LinkedHashMap<>();
    StringBuilder text = new StringBuilder();
    for (ServiceStatus one : all) {
      object.put(one.name(), Map.of("running", one.running(), "detail", one.detail()));
      text.append(
          "%-9s %-8s %s%n"
              .formatted(one.name(), one.running() ? "running" : "stopped", one.detail()));
    }
    result(object, text.toString().stripTrailing());
    return all.stream().allMatch(ServiceStatus::running) ? ExitCode.OK : ExitCode.FAILED;
  }
}
