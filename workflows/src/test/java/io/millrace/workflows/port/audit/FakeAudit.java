package io.millrace.workflows.port.audit;

import io.millrace.workflows.port.Script;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The audit log in memory. */
public final class FakeAudit extends Script implements AuditActivities {
  private final Map<String, AuditRecord> entries = new LinkedHashMap<>();

  @Override
  public synchronized void record(AuditRecord entry) {
    called("record", entry);
    entries.putIfAbsent(entry.key(), entry);
  }

  public synchronized List<AuditRecord> entries() {
    return List.copyOf(entries.values());
  }

  public List<String> actions() {
    return entries().stream().map(AuditRecord::action).toList();
  }
}
