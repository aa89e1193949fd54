package io.millrace.activities.report;

import io.millrace.activities.page.Figures;
import io.millrace.activities.page.Html;
import io.millrace.activities.page.Words;
import io.millrace.activities.train.LearningCurve;
import io.millrace.activities.trials.TrialSummary;
import io.millrace.workflows.pool.Costs;
import io.millrace.workflows.port.report.ReportActivities.ReportRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What was tried, how it learned, what became of it, and why the winner won.
 *
 * @param trials every trial of the run
 * @param curves by trial
 */
record TrialsSection(
    ReportRequest request, List<TrialSummary> trials, Map<Integer, LearningCurve> curves) {
  /** Curves with a colour and a name; the others are faint. */
  private static final int NAMED = 5;

  TrialsSection {
    boolean most = request.spec().training().objective().maximise();
    Comparator<Double> better = most ? Comparator.reverseOrder() : Comparator.naturalOrder();
    trials =
        trials.stream()
            .sorted(
                Comparator.comparing(TrialSummary::value, Comparator.nullsLast(better))
                    .thenComparing(TrialSummary::trial))
            .toList();
  }

  Html html() {
    if (trials.isEmpty()) {
      return Html.NONE;
    }
    String objective = request.spec().training().objective().metric();
    List<Html> parts = new ArrayList<>();
    parts.add(new Html("<h2>Trials</h2>"));
    if (request.selection() != null) {
      parts.add(Html.of("<p>%s</p>", request.selection()));
    }
    parts.add(facts());
    parts.add(
        ParameterFigure.of(
            objective,
            trials.stream()
                .filter(trial -> trial.value() != null)
                .map(
                    trial ->
                        new ParameterFigure.Spot(
                            searched(trial), trial.value() == null ? 0 : trial.value(), won(trial)))
                .toList()));
    if (!curves.isEmpty()) {
      parts.add(curve(objective + " on the validation split, by epoch", LearningCurve::objective));
      parts.add(curve("training loss, by epoch", LearningCurve::loss));
    }
    if (trials.size() > NAMED) {
      parts.add(new Html("<h3>All trials, the best first</h3>"));
    }
    parts.add(
        Html.table(
            Html.of(
                "<th>Trial</th><th>Candidate</th><th class=\"n\">%s</th><th>Other metrics,"
                    + " validation</th><th class=\"n\">Best epoch</th><th class=\"n\">Weights</th>"
                    + "<th>Trained</th>",
                objective),
            trials.stream().map(trial -> row(trial, objective)).toList()));
    parts.add(AttemptsTable.of(request.run().runId(), trials));
    return Html.all(parts);
  }

  private boolean won(TrialSummary trial) {
    return request.version() != null && request.version().digest().equals(trial.digest());
  }

  private Html facts() {
    Map<String, Long> states =
        trials.stream()
            .collect(
                Collectors.groupingBy(TrialSummary::state, TreeMap::new, Collectors.counting()));
    long interruptions = trials.stream().mapToLong(TrialSummary::interruptions).sum();
    long repeated = trials.stream().mapToLong(TrialSummary::repeated).sum();
    double seconds = trials.stream().mapToDouble(TrialSummary::seconds).sum();
    List<Html> facts = new ArrayList<>();
    facts.add(
        Figures.fact(
            "trials",
            trials.size(),
            states.entrySet().stream()
                .map(state -> state.getValue() + " " + state.getKey())
                .collect(Collectors.joining(", "))));
    if (seconds > 0) {
      facts.add(
          Figures.fact(
              "time on nodes",
              Times.text(Duration.ofMillis(Math.round(seconds * 1000))),
              "all attempts together"));
    }
    Costs costs = request.costs();
    if (costs != null && (costs.total() > 0 || costs.unpricedHours() > 0)) {
      facts.add(
          Figures.fact(
              "cost",
              dollars(costs.total()),
              "spot %s, on demand %s, lost to interruptions at most %s, saved %s"
                  .formatted(
                      dollars(costs.spot()),
                      dollars(costs.onDemand()),
                      dollars(costs.lost()),
                      dollars(costs.saved()))));
    }
    if (interruptions > 0) {
      facts.add(
          Figures.fact(
              "interruptions",
              interruptions,
              Words.count(repeated) + " steps were done more than once"));
    }
    return Html.of("<dl class=\"facts\">%s</dl>", Html.all(facts));
  }

  private Html row(TrialSummary trial, String objective) {
    String others =
        trial.metrics().stream()
            .filter(m -> !m.name().equals(objective))
            .map(m -> m.name() + " " + Words.column(m.value()))
            .collect(Collectors.joining(", "));
    Integer epochs = trial.epochs();
    Integer best = trial.bestEpoch();
    Long weights = trial.weights();
    Double value = trial.value();
    return Html.of(
        "<tr%s><td>%s</td><td>%s<br><span class=\"muted small\">%s</span></td><td"
            + " class=\"n\">%s</td><td class=\"small\">%s</td><td class=\"n\">%s</td><td"
            + " class=\"n\">%s</td><td class=\"small\">%s</td></tr>",
        won(trial) ? new Html(" class=\"won\"") : Html.NONE,
        trial.trial() + (won(trial) ? " ★" : ""),
        trial.family(),
        trial.words(),
        value == null ? "–" : Words.column(value),
        others,
        epochs == null ? "–" : best == null ? "– of " + epochs : best + " of " + epochs,
        weights == null ? "–" : Words.count(weights),
        trained(trial));
  }

  /** Its share of what the nodes cost, by its time on them; zero when nothing is known. */
  private double cost(TrialSummary trial) {
    Costs costs = request.costs();
    return costs == null ? 0 : trial.costOf(costs.total(), trials);
  }

  private static String dollars(double amount) {
    return String.format(Locale.ROOT, amount > 0 && amount < 0.1 ? "%.4f USD" : "%.2f USD", amount);
  }

  private String trained(TrialSummary trial) {
    String where = trial.attempts().isEmpty() ? "" : " on " + trial.attempts().getLast().node();
    String time =
        trial.seconds() > 0
            ? ", " + Times.text(Duration.ofMillis(Math.round(trial.seconds() * 1000)))
            : "";
    int attempts = trial.attempts().size();
    double cost = cost(trial);
    return trial.state()
        + where
        + time
        + (cost > 0 ? ", " + dollars(cost) : "")
        + (attempts > 1 ? ", " + attempts + " attempts" : "");
  }

  /** With the family as one more parameter. */
  private static Map<String, Object> searched(TrialSummary trial) {
    Map<String, Object> all = new TreeMap<>(trial.parameters());
    all.put("family", trial.family());
    return all;
  }

  private Html curve(String title, Function<LearningCurve, List<Double>> values) {
    List<Curves.Line> named = new ArrayList<>();
    List<List<Double>> faint = new ArrayList<>();
    for (TrialSummary trial : trials) {
      LearningCurve curve = curves.get(trial.trial());
      if (curve == null) {
        continue;
      }
      if (named.size() < NAMED) {
        Integer best = trial.bestEpoch();
        named.add(
            new Curves.Line(
                "trial " + trial.trial() + ", " + trial.family(),
                values.apply(curve),
                best == null ? 0 : best));
      } else {
        faint.add(values.apply(curve));
      }
    }
    return Html.of("<h3>%s</h3>%s", title, Curves.html(title, named, faint));
  }
}
