package io.millrace.workflows.port.audit;

import io.temporal.activity.ActivityInterface;
import java.util.Map;

/** Keeps the audit log: append only, each entry holding the hash of the one before. */
@ActivityInterface(namePrefix = "Audit")
public interface AuditActivities {
  /** Appends; a repeat with the same {@code key} adds nothing. */
  void record(AuditRecord entry);

  /**
   * @param action such as {@code gate}, {@code approve}, {@code rollout}, {@code retrain}
   */
  record AuditRecord(
      String key,
      String model,
      String action,
      String who,
      String reason,
      Map<String, String> facts) {}
}
