package io.millrace.workflows.pipeline;

import io.millrace.workflows.port.data.DataActivities.IngestResult;
import io.millrace.workflows.port.gate.GateActivities.GateReport;
import io.millrace.workflows.port.gate.Verdict;
import io.millrace.workflows.port.train.TrainActivities.TrialResult;
import io.millrace.workflows.spec.GateSpec;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Results in words. */
final class Sentences {
  private Sentences() {}

  /** Why each blocking gate said no. */
  static String rejected(GateReport report) {
    return report.verdicts().stream()
        .filter(v -> v instanceof Verdict.Rejected && v.severity() == GateSpec.Severity.BLOCK)
        .map(v -> v.gate() + ": " + v.sentence())
        .collect(Collectors.joining("; "));
  }

  /** One fact per gate, numbered in the spec's order: two gates may read alike. */
  static Map<String, String> facts(List<Verdict> verdicts) {
    Map<String, String> facts = new TreeMap<>();
    int number = 0;
    for (Verdict verdict : verdicts) {
      String word = verdict instanceof Verdict.Accepted ? "accepted" : "rejected";
      facts.put("gate-" + ++number, word + " " + verdict.gate() + ": " + verdict.sentence());
    }
    return facts;
  }

  static String trained(List<TrialResult> trials) {
    long paused = trials.stream().filter(TrialResult::paused).count();
    return trials.size()
        + (trials.size() == 1 ? " trial" : " trials")
        + " finished"
        + (paused == 0 ? "" : ", " + paused + " of them paused before their end");
  }

  static String ingested(IngestResult result) {
    String text = result.dataset().rows() + " rows";
    if (result.rowsQuarantined() > 0) {
      text += ", " + result.rowsQuarantined() + " in quarantine";
    }
    if (result.recentRows() > 0) {
      text += ", " + result.recentRows() + " from the prediction log";
    }
    return text;
  }
}
