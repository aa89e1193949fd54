package io.millrace.infra.cli;

import io.millrace.activities.registry.Models;
import io.millrace.workflows.port.registry.RegistryActivities.AliasEntry;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "at", description = "Print which version an alias pointed to at a moment.")
final class AtCommand extends CliCommand {
  @Parameters(paramLabel = "NAME", description = "The model.")
  String model = "";

  @Option(
      names = "--time",
      required = true,
      paramLabel = "T",
      description = "Such as 2026-01-31T12:00:00Z.")
  String time = "";

  @Option(names = "--alias", defaultValue = "champion", description = "${DEFAULT-VALUE}.")
  String alias = "champion";

  @Override
  public Integer call() {
    AliasEntry entry =
        new Models(session().store())
            .at(model, alias, moment())
            .orElseThrow(
                () ->
                    CliFailure.bad(
                        "NAME: %s (expected: a model that had a %s at %s)"
                            .formatted(model, alias, time)));
    result(
        entry,
        "%s was %s since %s: %s".formatted(entry.version(), alias, entry.at(), entry.reason()));
    return ExitCode.OK;
  }

  private Instant moment() {
    try {
      return OffsetDateTime.parse(time).toInstant();
    } catch (DateTimeParseException e) {
      throw CliFailure.bad("--time: " + time + " (expected: such as 2026-01-31T12:00:00Z)");
    }
  }
}
