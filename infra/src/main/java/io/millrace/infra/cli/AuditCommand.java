package io.millrace.infra.cli;

import io.millrace.activities.audit.AuditEntry;
import io.millrace.activities.audit.HashChainAudit;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(name = "audit", description = "Verify the audit log's chain of hashes, or list it.")
final class AuditCommand extends CliCommand {
  enum Action {
    verify,
    list
  }

  @Parameters(
      paramLabel = "ACTION",
      defaultValue = "verify",
      description = "${COMPLETION-CANDIDATES}")
  Action action = Action.verify;

  @Override
  public Integer call() {
    HashChainAudit audit = new HashChainAudit(session().store());
    if (action == Action.list) {
      List<AuditEntry> entries = audit.entries();
      StringBuilder text = new StringBuilder();
      for (AuditEntry entry : entries) {
        text.append(
            "%5d  %s  %-20s %-10s %-14s %s%n"
                .formatted(
                    entry.seq(),
                    entry.at(),
                    entry.model(),
                    entry.action(),
                    entry.who(),
                    entry.reason()));
      }
      result(
          Map.of("entries", entries),
          entries.isEmpty() ? "no entries" : text.toString().stripTrailing());
      return ExitCode.OK;
    }
    HashChainAudit.Verification verification = audit.verify();
    HashChainAudit.Broken broken = verification.broken();
    result(
        verification,
        broken == null
            ? verification.entries() + " entries, all sound"
            : broken.key() + ": " + broken.sentence());
    return broken == null ? ExitCode.OK : ExitCode.FAILED;
  }
}
