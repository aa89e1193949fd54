package io.millrace.infra.cli;

import io.millrace.activities.watch.alert.AlertLog;
import io.millrace.activities.watch.alert.AlertState.Mute;
import io.millrace.workflows.wire.DurationText;
import java.time.DateTimeException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "mute",
    description =
        "Tell nobody of alerts for a while. They open and recover as always; what is still open"
            + " when the mute ends is told then.")
final class MuteCommand extends CliCommand {
  @Parameters(paramLabel = "NAME", description = "The model.")
  String model = "";

  @Option(names = "--rule", description = "One rule, such as drift; every rule when left out.")
  @Nullable String rule;

  @Option(names = "--for", paramLabel = "TIME", description = "How long, such as 2h.")
  @Nullable String span;

  @Option(names = "--from", paramLabel = "TIME", description = "Begins then; now when left out.")
  @Nullable String from;

  @Option(names = "--to", paramLabel = "TIME", description = "Ends then; instead of --for.")
  @Nullable String to;

  @Option(names = "--who", description = "Who decides; the user when left out.")
  String who = Who.user();

  @Option(names = "--reason", required = true, description = "Why.")
  String reason = "";

  @Override
  public Integer call() {
    if ((span == null) == (to == null)) {
      throw CliFailure.bad("--for, --to: both or neither (expected: one of them)");
    }
    Instant now = Instant.now();
    Instant begin = from == null ? now : time("--from", from);
    Instant end = to != null ? time("--to", to) : end(begin);
    Mute mute = new AlertLog(session().store(), model).mute(rule, begin, end, who, reason, now);
    result(
        mute,
        "%s: %s muted from %s to %s (%s)"
            .formatted(
                model,
                mute.rule() == null ? "all alerts" : mute.rule(),
                mute.from(),
                mute.to(),
                mute.id()));
    return ExitCode.OK;
  }

  private Instant end(Instant begin) {
    try {
      return begin.plus(DurationText.parse(String.valueOf(span)));
    } catch (IllegalArgumentException | DateTimeException e) {
      throw CliFailure.bad("--for: " + span + " (expected: a duration such as 30m, 2h, 1d)");
    }
  }

  static Instant time(String option, String text) {
    try {
      return Instant.parse(text);
    } catch (DateTimeException e) {
      throw CliFailure.bad(
          option + ": " + text + " (expected: a time such as 2026-03-01T00:00:00Z)");
    }
  }
}
