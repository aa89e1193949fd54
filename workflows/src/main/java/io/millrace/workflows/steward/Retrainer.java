package io.millrace.workflows.steward;

import io.millrace.workflows.drift.DriftSummary;
import io.millrace.workflows.options.ActivityProfiles;
import io.millrace.workflows.options.WorkflowTime;
import io.millrace.workflows.pipeline.PipelineRequest;
import io.millrace.workflows.pipeline.Trigger;
import io.millrace.workflows.port.audit.AuditActivities;
import io.millrace.workflows.port.audit.AuditActivities.AuditRecord;
import io.millrace.workflows.port.data.DataActivities.RecentRows;
import io.millrace.workflows.spec.RetrainingSpec;
import io.millrace.workflows.steward.ModelSteward.RunStarted;
import io.temporal.workflow.Workflow;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Trains again when {@link RetrainingRules} say so, and says what it waits for when they do not.
 */
final class Retrainer {
  /** To be removed when no history is older than it. */
  private static final String RULES = "retraining-rules";

  private final AuditActivities audit =
      Workflow.newLocalActivityStub(AuditActivities.class, ActivityProfiles.QUICK_LOCAL);
  private final Ledger ledger;
  private final Flight flight;

  Retrainer(Ledger ledger, Flight flight) {
    this.ledger = ledger;
    this.flight = flight;
  }

  /** Counts a check once, whoever repeats it. Before it becomes the ledger's last. */
  void observe(DriftSummary seen) {
    DriftSummary last = ledger.lastDrift();
    boolean judged = !seen.state().equals("FAILED") && !seen.state().equals("NO_DATA");
    if (judged && (last == null || seen.at().isAfter(last.at()))) {
      ledger.observed(seen.drifted() || seen.qualityBroken());
    }
  }

  void decide(DriftSummary seen) {
    Instant now = WorkflowTime.now();
    RetrainingRules.Decision decision =
        Workflow.getVersion(RULES, Workflow.DEFAULT_VERSION, 1) >= 1
            ? RetrainingRules.decide(
                ledger.retraining(), ledger.retrainings(), ledger.tally(), seen, now)
            : RetrainingRules.decide(ledger.retraining(), ledger.retrainings(), seen, now);
    PipelineRequest request = ledger.request();
    if (decision.cause() == null) {
      ledger.waitsFor("the next drift check");
    } else if (request == null) {
      ledger.waitsFor("the first run");
    } else if (decision.refusal() != null) {
      ledger.waitsFor(decision.refusal());
    } else {
      List<Instant> counted = new ArrayList<>(RetrainingRules.recent(ledger.retrainings(), now));
      counted.add(now);
      ledger.retrained(counted);
      begin(request, decision.cause(), seen);
    }
  }

  private void begin(PipelineRequest request, String cause, DriftSummary seen) {
    String detail = detail(cause, seen);
    RunStarted started = flight.begin(request, new Trigger(cause, detail), null, recent(seen));
    audit.record(
        new AuditRecord(
            started.runId() + "-retrain",
            ledger.model(),
            "retrain",
            "millrace",
            cause + ": " + detail,
            Map.of("run", started.runId(), "columns", String.join(", ", seen.columns()))));
  }

  private static String detail(String cause, DriftSummary seen) {
    return switch (cause) {
      case "age" -> "the champion was made at " + seen.made();
      case "rows" -> "the champion has answered " + seen.rows() + " rows";
      default -> seen.sentence();
    };
  }

  private @Nullable RecentRows recent(DriftSummary seen) {
    RetrainingSpec.DataWindow window = ledger.retraining().data();
    if (window.referencePlusLast() != null) {
      return new RecentRows(ledger.model(), seen.at().minus(window.referencePlusLast()), seen.at());
    }
    if (window.last() != null) {
      return new RecentRows(ledger.model(), seen.at().minus(window.last()), seen.at(), true);
    }
    if (window.rows() != null) {
      return new RecentRows(ledger.model(), Instant.EPOCH, seen.at(), true, window.rows());
    }
    return window.since() == null
        ? null
        : new RecentRows(ledger.model(), window.since(), seen.at());
  }
}
