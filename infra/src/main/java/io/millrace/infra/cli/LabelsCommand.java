package io.millrace.infra.cli;

import io.millrace.activities.watch.Labels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(name = "labels", description = "Add what came true: labels add NAME F.")
final class LabelsCommand extends CliCommand {
  enum Action {
    add
  }

  @Parameters(index = "0", paramLabel = "ACTION", description = "${COMPLETION-CANDIDATES}")
  Action action = Action.add;

  @Parameters(index = "1", paramLabel = "NAME", description = "The model.")
  String model = "";

  @Parameters(
      index = "2",
      paramLabel = "F",
      description = "CSV or JSON lines with the model's id column and target column.")
  String file = "";

  @Override
  public Integer call() {
    Path path = Path.of(file);
    if (!Files.isRegularFile(path)) {
      throw CliFailure.bad("F: " + file + " (expected: a file)");
    }
    Labels.Added added = new Labels(session().store(), InstantSource.system()).add(model, path);
    result(
        added,
        added.added()
            ? "%s: %s labels added".formatted(model, Bars.count(added.rows()))
            : "%s: the same %s labels were there already"
                .formatted(model, Bars.count(added.rows())));
    return ExitCode.OK;
  }
}
