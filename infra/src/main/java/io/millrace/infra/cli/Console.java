package io.millrace.infra.cli;

import java.io.PrintStream;

/**
 * Where a command writes: results to {@code out}, progress to {@code err}.
 *
 * @param terminal true when a person looks on, so lines may be drawn over
 */
public record Console(PrintStream out, PrintStream err, boolean terminal) {
  /** This process's own. */
  static Console system() {
    java.io.Console console = System.console();
    return new Console(System.out, System.err, console != null && console.isTerminal());
  }
}
