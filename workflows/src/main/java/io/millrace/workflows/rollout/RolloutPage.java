package io.millrace.workflows.rollout;

import io.millrace.workflows.port.audit.AuditActivities.AuditRecord;
import io.millrace.workflows.rollout.Rollout.RolloutRequest;
import io.millrace.workflows.rollout.Rollout.StepResult;
import java.util.List;
import java.util.Map;

/** What a person reads of a rollout: in the Temporal UI while it is under way, and in the audit. */
final class RolloutPage {
  private RolloutPage() {}

  static String markdown(RolloutRequest request, double weight, List<StepResult> results) {
    StringBuilder page = new StringBuilder(256);
    page.append(request.to()).append(" has **").append(percent(weight)).append("** of traffic\n\n");
    for (StepResult step : results) {
      page.append("- ");
      if (step.shadow() != null) {
        page.append(percent(step.shadow())).append(" mirrored");
      } else {
        page.append(percent(step.weight()));
      }
      page.append(": ").append(step.sentence()).append('\n');
    }
    if (request.from() != null) {
      page.append("\nTo go back at once: *More Actions*, *Send a Signal*, `abort` with\n\n")
          .append("```json\n{\n  \"who\": \"<you>\",\n  \"reason\": \"<why>\"\n}\n```\n");
    }
    return page.toString();
  }

  /** What is kept of it for good. */
  static AuditRecord record(RolloutRequest request, boolean promoted, String sentence) {
    return new AuditRecord(
        request.key() + "-rollout",
        request.to().name(),
        promoted ? "rollout" : "rollback",
        request.who(),
        request.reason(),
        Map.of(
            "endpoint",
            request.endpoint(),
            "to",
            request.to().toString(),
            "from",
            request.from() == null ? "none" : request.from().toString(),
            "sentence",
            sentence));
  }

  static String percent(double share) {
    long points = basisPoints(share);
    return (points % 100 == 0 ? String.valueOf(points / 100) : String.valueOf(points / 100.0))
        + " %";
  }

  static long basisPoints(double share) {
    return Math.round(share * 10_000);
  }
}
