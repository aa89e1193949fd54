package io.millrace.infra.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.millrace.workflows.wire.PayloadJson;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * A command. {@link #call} answers the exit code; with {@code --json} it prints exactly one object
 * on stdout, by {@link #result}, and everything else goes to stderr.
 */
public abstract class CliCommand implements Callable<Integer> {
  @Option(names = "--json", description = "Print one JSON object on stdout, progress on stderr.")
  boolean json;

  @Option(names = "--debug", description = "Show the stack trace of a failure.")
  boolean debug;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  boolean help;

  private @Nullable Session session;
  private @Nullable Console console;

  final void bind(Session toSession, Console toConsole) {
    session = toSession;
    console = toConsole;
  }

  protected final Session session() {
    if (session == null) {
      throw new IllegalStateException("commands are made by Millrace's factory");
    }
    return session;
  }

  protected final Console console() {
    if (console == null) {
      throw new IllegalStateException("commands are made by Millrace's factory");
    }
    return console;
  }

  /** For a person: stdout, or stderr when stdout is for JSON. */
  protected final void say(String text) {
    (json ? console().err() : console().out()).println(text);
  }

  /** On the way to the result: stderr. */
  protected final void progress(String text) {
    console().err().println(text);
  }

  /** The result: the object with {@code --json}, the text otherwise. */
  protected final void result(Object object, String text) {
    if (!json) {
      console().out().println(text);
      return;
    }
    try {
      console().out().println(PayloadJson.mapper().writeValueAsString(object));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("results are JSON", e);
    }
  }
}
