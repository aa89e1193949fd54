package io.millrace.activities.report;

import io.millrace.activities.page.Html;
import io.millrace.activities.page.Words;
import io.millrace.activities.trials.TrialSummary;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Every attempt that did not go straight to its end, with its reason. */
final class AttemptsTable {
  /** A page is read; the rest is a command away. */
  private static final int MOST = 200;

  private static final Set<String> STRAIGHT = Set.of("finished", "paused");

  private AttemptsTable() {}

  static Html of(String runId, List<TrialSummary> trials) {
    List<Html> rows = new ArrayList<>();
    int left = 0;
    for (TrialSummary trial : trials) {
      boolean straight = trial.attempts().stream().allMatch(a -> STRAIGHT.contains(a.how()));
      for (int i = 0; !straight && i < trial.attempts().size(); i++) {
        if (rows.size() < MOST) {
          rows.add(row(trial, i));
        } else {
          left++;
        }
      }
    }
    if (rows.isEmpty()) {
      return Html.NONE;
    }
    Html more =
        left == 0
            ? Html.NONE
            : Html.of(
                "<p class=\"muted\">And %s more: <code>infra/millrace trials %s</code></p>",
                left, runId);
    return Html.of(
        "<h3>Attempts that did not go straight through</h3>%s%s",
        Html.table(
            new Html(
                "<th>Trial</th><th>Attempt</th><th>Node</th><th class=\"n\">From step</th><th"
                    + " class=\"n\">Repeated</th><th class=\"n\">Worked</th><th>Ended</th>"),
            rows),
        more);
  }

  private static Html row(TrialSummary trial, int i) {
    TrialSummary.Attempt attempt = trial.attempts().get(i);
    Long from = attempt.from();
    Long repeated = attempt.repeated();
    Double seconds = attempt.seconds();
    return Html.of(
        "<tr><td>%s</td><td>%s</td><td class=\"small\">%s</td><td class=\"n\">%s</td><td"
            + " class=\"n\">%s</td><td class=\"n\">%s</td><td class=\"small\"><span class=\"pill"
            + " %s\">%s</span> %s</td></tr>",
        trial.trial(),
        i + 1,
        attempt.node(),
        from == null ? "–" : Words.count(from),
        repeated == null ? "–" : Words.count(repeated),
        seconds == null ? "–" : Times.text(Duration.ofMillis(Math.round(seconds * 1000))),
        tone(attempt.how()),
        attempt.how(),
        attempt.reason());
  }

  private static String tone(String how) {
    return switch (how) {
      case "finished" -> "good";
      case "failed", "diverged" -> "bad";
      case "interrupted", "lost" -> "warn";
      default -> "";
    };
  }
}
