package io.millrace.activities.watch;

import io.millrace.activities.audit.AuditEntry;
import io.millrace.activities.audit.HashChainAudit;
import io.millrace.activities.store.ObjectStore;
import io.millrace.workflows.port.watch.WatchActivities.DriftReport;
import io.millrace.workflows.port.watch.WatchActivities.Estimate;
import io.millrace.workflows.port.watch.WatchActivities.State;
import io.millrace.workflows.port.watch.WatchActivities.WindowReport;
import io.millrace.workflows.ref.Checks;
import io.millrace.workflows.ref.Metric;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The last windows of a model that were checked, and what was done meanwhile.
 *
 * @param windows oldest first, the newest check's last
 * @param events oldest first, since the first of the windows was checked
 */
record DriftHistory(List<Seen> windows, List<Event> events) {
  private static final int CHECKS = 60;
  private static final int WINDOWS = 120;
  private static final int EVENTS = 50;

  /** Of the audit log: what changes what is served, or begins to. */
  private static final Set<String> ACTIONS =
      Set.of(
          "retrain", "rollout", "rollback", "promote", "approve", "reject", "register", "resume");

  DriftHistory {
    windows = Checks.list(windows);
    events = Checks.list(events);
  }

  /**
   * A window.
   *
   * @param checked when
   * @param version of the model; null when unknown
   * @param drifted columns
   * @param estimated metrics without labels, those that are trustworthy
   * @param realised null without labels
   */
  record Seen(
      Instant checked,
      @Nullable Integer version,
      State state,
      long firstRow,
      long rows,
      int columns,
      List<String> drifted,
      List<Metric> estimated,
      @Nullable Metric realised,
      boolean qualityBroken) {}

  /**
   * @param action as in the audit log
   */
  record Event(Instant at, String action, String reason) {}

  /**
   * Reads it.
   *
   * @param newest number of the last check in the log
   * @param report the check that is made now, which the log has not yet
   */
  static DriftHistory of(ObjectStore store, DriftLog log, long newest, DriftReport report) {
    List<Seen> seen = new ArrayList<>();
    for (DriftReport past : log.last(newest, CHECKS)) {
      seen.addAll(seen(past));
    }
    seen.addAll(seen(report));
    List<Seen> windows = seen.subList(Math.max(0, seen.size() - WINDOWS), seen.size());
    Instant since = windows.isEmpty() ? report.at() : windows.getFirst().checked();
    List<Event> events = new ArrayList<>();
    for (AuditEntry entry : new HashChainAudit(store).since(since)) {
      if (entry.model().equals(report.model()) && ACTIONS.contains(entry.action())) {
        events.add(new Event(entry.at(), entry.action(), reason(entry)));
      }
    }
    return new DriftHistory(
        windows, events.subList(Math.max(0, events.size() - EVENTS), events.size()));
  }

  /**
   * A retraining's reason has every window's sentence: what triggered it, and the columns, say it.
   */
  private static String reason(AuditEntry entry) {
    String columns = entry.facts().getOrDefault("columns", "");
    String run = entry.facts().getOrDefault("run", "");
    int cause = entry.reason().indexOf(": ");
    if (!entry.action().equals("retrain") || columns.isBlank() || cause < 0) {
      return entry.reason();
    }
    return entry.reason().substring(0, cause) + " of " + columns + "; run " + run;
  }

  private static List<Seen> seen(DriftReport report) {
    List<Seen> seen = new ArrayList<>();
    for (WindowReport window : report.windows()) {
      List<Metric> estimated =
          window.estimates().stream()
              .filter(Estimate::trustworthy)
              .map(Estimate::metric)
              .filter(Objects::nonNull)
              .toList();
      seen.add(
          new Seen(
              report.at(),
              report.version() == null ? null : report.version().version(),
              window.state(),
              window.firstRow(),
              window.rows(),
              window.columns().size(),
              window.drifted(),
              estimated,
              window.realised(),
              window.qualityBroken()));
    }
    return seen;
  }
}
