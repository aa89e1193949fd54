package io.millrace.activities.report;

import io.millrace.activities.page.Html;
import io.millrace.activities.page.Words;
import io.millrace.activities.train.LearningCurve;
import io.millrace.workflows.port.report.ReportActivities.ReportRequest;
import io.millrace.workflows.port.train.TrainActivities.TrialResult;
import io.millrace.workflows.ref.Metric;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What was tried, how it learned, and why the winner won. */
record TrialsSection(ReportRequest request, Map<Integer, LearningCurve> curves) {
  Html html() {
    if (request.trials().isEmpty()) {
      return Html.NONE;
    }
    String objective = request.spec().training().objective().metric();
    List<Html> parts = new ArrayList<>();
    parts.add(new Html("<h2>Trials</h2>"));
    if (request.selection() != null) {
      parts.add(Html.of("<p>%s</p>", request.selection()));
    }
    parts.add(
        Html.table(
            Html.of(
                "<th>Trial</th><th>Candidate</th><th class=\"n\">%s</th><th>Other metrics,"
                    + " validation</th><th class=\"n\">Best epoch</th><th class=\"n\">Weights</th>",
                objective),
            request.trials().stream().map(trial -> row(trial, objective)).toList()));
    if (!curves.isEmpty()) {
      parts.add(curve(objective + " on the validation split, by epoch", LearningCurve::objective));
      parts.add(curve("training loss, by epoch", LearningCurve::loss));
    }
    return Html.all(parts);
  }

  private boolean won(TrialResult trial) {
    return request.version() != null && request.version().digest().equals(trial.model().digest());
  }

  private Html row(TrialResult trial, String objective) {
    String others =
        trial.validation().stream()
            .filter(m -> !m.name().equals(objective))
            .map(m -> m.name() + " " + Words.column(m.value()))
            .collect(Collectors.joining(", "));
    return Html.of(
        "<tr%s><td>%s</td><td>%s<br><span class=\"muted small\">%s</span></td><td"
            + " class=\"n\">%s</td><td class=\"small\">%s</td><td class=\"n\">%s of %s</td><td"
            + " class=\"n\">%s</td></tr>",
        won(trial) ? new Html(" class=\"won\"") : Html.NONE,
        trial.trial() + (won(trial) ? " ★" : ""),
        trial.family(),
        parameters(trial),
        trial.validation().stream()
            .filter(m -> m.name().equals(objective))
            .map(Metric::value)
            .map(Words::column)
            .findFirst()
            .orElse("–"),
        others,
        trial.bestEpoch(),
        trial.epochs(),
        Words.count(trial.parameters()));
  }

  private static String parameters(TrialResult trial) {
    String words =
        new TreeMap<>(trial.candidate().parameters())
            .entrySet().stream()
                .map(e -> e.getKey() + " " + e.getValue())
                .collect(Collectors.joining(", "));
    return trial.paused() ? words + (words.isEmpty() ? "" : ", ") + "paused" : words;
  }

  private Html curve(
      String title, java.util.function.Function<LearningCurve, List<Double>> values) {
    List<Curves.Line> lines = new ArrayList<>();
    for (TrialResult trial : request.trials()) {
      LearningCurve curve = curves.get(trial.trial());
      if (curve != null) {
        lines.add(
            new Curves.Line(
                "trial " + trial.trial() + ", " + trial.family(),
                values.apply(curve),
                trial.bestEpoch()));
      }
    }
    return Html.of("<h3>%s</h3>%s", title, Curves.html(title, lines));
  }
}
