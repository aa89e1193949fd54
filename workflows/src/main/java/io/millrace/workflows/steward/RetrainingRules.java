package io.millrace.workflows.steward;

import io.millrace.workflows.drift.DriftSummary;
import io.millrace.workflows.spec.RetrainingSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Whether a check is a reason to train again, and whether the model's rules allow it now. */
final class RetrainingRules {
  private static final Duration MONTH = Duration.ofDays(30);

  private RetrainingRules() {}

  /**
   * @param cause {@code drift} or {@code quality}; null when there is none
   * @param refusal why it is not done though there is a cause; null when it is done
   */
  record Decision(@Nullable String cause, @Nullable String refusal) {
    boolean retrain() {
      return cause != null && refusal == null;
    }
  }

  /**
   * @param earlier when the automatic retrainings began
   */
  static Decision decide(
      RetrainingSpec rules, List<Instant> earlier, DriftSummary seen, Instant now) {
    String cause = null;
    if (seen.qualityBroken() && rules.on().contains("quality")) {
      cause = "quality";
    } else if (seen.drifted() && rules.on().contains("drift")) {
      cause = "drift";
    }
    if (cause == null) {
      return new Decision(null, null);
    }
    Instant last = earlier.stream().max(Instant::compareTo).orElse(null);
    if (last != null && now.isBefore(last.plus(rules.cooldown()))) {
      return new Decision(
          cause,
          "the cooldown to end at " + last.plus(rules.cooldown()).truncatedTo(ChronoUnit.SECONDS));
    }
    if (recent(earlier, now).size() >= rules.perMonth()) {
      return new Decision(
          cause, "the budget of " + rules.perMonth() + " retrainings in 30 days to free up");
    }
    return new Decision(cause, null);
  }

  /** Those that still count. */
  static List<Instant> recent(List<Instant> earlier, Instant now) {
    return earlier.stream().filter(at -> at.isAfter(now.minus(MONTH))).toList();
  }
}
