package io.millrace.infra.cli;

import picocli.CommandLine.Command;

@Command(name = "reject", description = "Say no to a run that waits for approval.")
final class RejectCommand extends DecisionCommand {
  RejectCommand() {
    super(false);
  }
}
