package io.millrace.infra.cli;

import io.millrace.activities.watch.alert.AlertLog;
import io.millrace.activities.watch.alert.AlertState.Mute;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "unmute", description = "End a model's mutes before their time.")
final class UnmuteCommand extends CliCommand {
  @Parameters(paramLabel = "NAME", description = "The model.")
  String model = "";

  @Option(names = "--id", description = "One mute, as alerts NAME prints it; all when left out.")
  @Nullable String id;

  @Override
  public Integer call() {
    List<Mute> ended = new AlertLog(session().store(), model).unmute(id, Instant.now());
    if (id != null && ended.isEmpty()) {
      throw CliFailure.bad("--id: " + id + " (expected: a mute that alerts " + model + " prints)");
    }
    result(
        Map.of("model", model, "ended", ended),
        model + ": " + ended.size() + (ended.size() == 1 ? " mute ended" : " mutes ended"));
    return ExitCode.OK;
  }
}
