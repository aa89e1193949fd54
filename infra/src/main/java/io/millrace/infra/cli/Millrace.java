package io.millrace.infra.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.IFactory;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code infra/millrace}: every command of the command line. */
@Command(
    name = "millrace",
    description = "Takes a model from raw data to a watched endpoint and keeps it good.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {
      "",
      "Exit codes: 0 ok, 1 failed, 2 bad input, 3 blocked by a gate, 4 waiting (approval or"
          + " suspended)."
    },
    subcommands = {
      HelpCommand.class,
      InitCommand.class,
      CheckCommand.class,
      RunCommand.class,
      WatchCommand.class,
      ResumeCommand.class,
      StopCommand.class,
      ApproveCommand.class,
      RejectCommand.class,
      LinksCommand.class,
      ModelsCommand.class,
      AtCommand.class,
      LineageCommand.class,
      PredictCommand.class,
      ReplayCommand.class,
      LabelsCommand.class,
      DriftCommand.class,
      AlertsCommand.class,
      SchedulesCommand.class,
      RollbackCommand.class,
      ReproduceCommand.class,
      ExportCommand.class,
      BundleCommand.class,
      ReportCommand.class,
      TrialsCommand.class,
      PrivacyCommand.class,
      ExpectationsCommand.class,
      AuditCommand.class,
      GcCommand.class,
      UiCommand.class,
      UpCommand.class,
      DownCommand.class,
      StatusCommand.class,
      MarketCommand.class,
      QuickstartCommand.class,
    })
public final class Millrace implements Runnable {
  @Spec private @Nullable CommandSpec spec;

  @Override
  public void run() {
    if (spec != null) {
      throw new ParameterException(spec.commandLine(), "COMMAND: nothing (expected: one of these)");
    }
  }

  public static void main(String[] args) {
    quiet();
    try (Session session = new Session()) {
      System.exit(execute(session, Console.system(), args));
    }
  }

  /** Runs one command and answers its exit code. */
  public static int execute(Session session, Console console, String... args) {
    IFactory plain = CommandLine.defaultFactory();
    IFactory factory =
        new IFactory() {
          @Override
          public <K> K create(Class<K> type) throws Exception {
            K made = plain.create(type);
            if (made instanceof CliCommand command) {
              command.bind(session, console);
            }
            return made;
          }
        };
    CommandLine line = new CommandLine(new Millrace(), factory);
    help(line);
    line.setOut(new PrintWriter(console.out(), true, StandardCharsets.UTF_8));
    line.setErr(new PrintWriter(console.err(), true, StandardCharsets.UTF_8));
    line.setExecutionExceptionHandler(new Explanation(session, console));
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setExpandAtFiles(false);
    return line.execute(args);
  }

  /** Commands that only hold others show their usage too. */
  private static void help(CommandLine line) {
    if (line.getCommandSpec().findOption("-h") == null) {
      line.getCommandSpec()
          .addOption(
              OptionSpec.builder("-h", "--help")
                  .usageHelp(true)
                  .description("Show this help.")
                  .build());
    }
    line.getSubcommands().values().forEach(Millrace::help);
  }

  /** A command's stderr is for its own words: libraries speak up only when something is wrong. */
  private static void quiet() {
    if (LoggerFactory.getILoggerFactory() instanceof ch.qos.logback.classic.LoggerContext logs) {
      logs.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME)
          .setLevel(ch.qos.logback.classic.Level.ERROR);
      // has a level of its own, and an embedded worker warns of what an in-memory server lacks
      logs.getLogger("io.temporal").setLevel(ch.qos.logback.classic.Level.ERROR);
    }
  }
}
