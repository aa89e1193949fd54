package io.millrace.workflows.port.gate;

import io.millrace.workflows.port.Script;
import io.millrace.workflows.ref.Metric;
import io.millrace.workflows.spec.GateSpec;
import java.util.List;

/** Accepts, or rejects when told to. */
public final class FakeGate extends Script implements GateActivities {
  private volatile boolean rejecting;

  public void rejectAll() {
    rejecting = true;
  }

  @Override
  public GateReport evaluate(GateRequest request) {
    called("evaluate", request);
    Metric metric = new Metric("roc-auc", 0.77, 0.75, 0.79, 200);
    Verdict verdict =
        rejecting
            ? new Verdict.Rejected(
                "roc-auc ≥ 0.9", GateSpec.Severity.BLOCK, metric, 0.9, "0.77 is below 0.9")
            : new Verdict.Accepted(
                "roc-auc ≥ 0.7", GateSpec.Severity.BLOCK, metric, 0.7, "0.77 is at least 0.7");
    return new GateReport(List.of(verdict), List.of(metric), 200);
  }
}
