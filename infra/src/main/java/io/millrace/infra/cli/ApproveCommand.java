package io.millrace.infra.cli;

import picocli.CommandLine.Command;

@Command(name = "approve", description = "Say yes to a run that waits for approval.")
final class ApproveCommand extends DecisionCommand {
  ApproveCommand() {
    super(true);
  }
}
