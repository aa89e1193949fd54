package io.millrace.activities.watch;

import io.millrace.activities.page.Figures;
import io.millrace.activities.page.Html;
import io.millrace.activities.page.Page;
import io.millrace.activities.page.Words;
import io.millrace.inference.profile.ColumnProfile;
import io.millrace.inference.profile.Profile;
import io.millrace.workflows.port.watch.WatchActivities.ColumnVerdict;
import io.millrace.workflows.port.watch.WatchActivities.DriftReport;
import io.millrace.workflows.port.watch.WatchActivities.Estimate;
import io.millrace.workflows.port.watch.WatchActivities.MultivariateVerdict;
import io.millrace.workflows.port.watch.WatchActivities.State;
import io.millrace.workflows.port.watch.WatchActivities.WindowReport;
import io.millrace.workflows.ref.Metric;
import io.millrace.workflows.spec.WatchSpec;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A check as one HTML file without scripts or anything loaded: verdicts first, in sentences; then
 * past checks and what was done; then each window's columns, by their estimated effect on the model
 * where that is known.
 */
final class DriftPage {
  private final DriftReport report;
  private final List<Profile> references;
  private final List<Window> windows;
  private final WatchSpec watch;
  private final DriftHistory history;
  private final @Nullable DriftAlerts alerts;

  /**
   * @param references what each of the windows was compared with
   * @param windows those that the last of the report's windows are about
   * @param alerts null where they are not looked at
   */
  DriftPage(
      DriftReport report,
      List<Profile> references,
      List<Window> windows,
      WatchSpec watch,
      DriftHistory history,
      @Nullable DriftAlerts alerts) {
    this.report = report;
    this.references = references;
    this.windows = windows;
    this.watch = watch;
    this.history = history;
    this.alerts = alerts;
  }

  String html() {
    List<Html> parts = new ArrayList<>();
    parts.add(
        Html.of(
            "<p class=\"over\">%s, checked for %s</p><h1>%s</h1><p>Compared with %s.</p>",
            report.version(), time(report.at()), headline(), against()));
    parts.add(verdicts());
    parts.add(facts());
    parts.add(alerts == null ? Html.NONE : alerts.html());
    parts.add(DriftTimeline.of(history));
    parts.add(DriftHeat.of(report));
    parts.add(
        new Html(
            "<h2>Columns</h2><p class=\"key\"><span><i class=\"box\""
                + " style=\"background:var(--ref)\"></i>reference</span><span><i class=\"box\""
                + " style=\"background:var(--cur)\"></i>window</span></p>"));
    int labelled = report.windows().size() - windows.size();
    for (int i = windows.size() - 1; i >= 0; i--) {
      parts.add(window(report.windows().get(labelled + i), windows.get(i), references.get(i)));
    }
    parts.add(rules());
    return Page.of("Drift of " + report.model(), DriftStyle.CSS, Html.all(parts));
  }

  private Html verdicts() {
    List<Html> said = new ArrayList<>();
    for (WindowReport window : report.windows()) {
      said.add(
          Html.of(
              "<li>%s<span>%s%s</span></li>",
              pill(window.state()),
              window.sentence(),
              window.qualityBroken() ? new Html(" <b class=\"no\">Below the floor.</b>") : null));
      if (report.windows().size() == 1) {
        said.addAll(together(window));
      }
    }
    return Html.of("<ul class=\"say\">%s</ul>", Html.all(said));
  }

  /** The newest window that was judged, in numbers. */
  private Html facts() {
    Optional<WindowReport> judged =
        report.windows().reversed().stream().filter(w -> !w.columns().isEmpty()).findFirst();
    if (judged.isEmpty()) {
      return Html.NONE;
    }
    WindowReport window = judged.get();
    List<Html> facts = new ArrayList<>();
    facts.add(
        Figures.fact(
            "Columns that drifted",
            Numbers.count(window.drifted().size()),
            "of " + Numbers.count(window.columns().size()) + ", the score counted"));
    window.columns().stream()
        .filter(v -> v.drifted() && v.impact() != null)
        .findFirst()
        .ifPresent(
            v ->
                facts.add(
                    Figures.fact(
                        "Moves the estimate most",
                        v.column(),
                        DriftColumns.impact(v.impactMetric(), v.impact()))));
    for (Estimate estimate : window.estimates()) {
      Metric metric = estimate.metric();
      if (metric != null) {
        facts.add(
            Figures.fact(
                "Estimated " + metric.name(),
                Words.number(metric.value()),
                estimate.trustworthy() ? "without labels" : "not trustworthy"));
      }
    }
    Metric realised = window.realised();
    if (realised != null) {
      facts.add(
          Figures.fact(
              "Realised " + realised.name(),
              Words.number(realised.value()),
              Numbers.count(window.labelled()) + " labels"));
    }
    return Html.of("<dl class=\"facts\">%s</dl>", Html.all(facts));
  }

  /** Rows that columns were counted over: a reference's scores are of held-out rows alone. */
  private String against() {
    if (references.isEmpty()) {
      return "nothing";
    }
    Profile reference = references.getLast();
    long rows = 0;
    long scored = 0;
    for (ColumnProfile column : reference.columns()) {
      long counted = column.count() + column.missing();
      if (column.name().equals(ColumnDrift.PREDICTION)) {
        scored = counted;
      } else {
        rows = Math.max(rows, counted);
      }
    }
    String all = "%s reference rows (%s)".formatted(Numbers.count(rows), watch.reference());
    return scored == 0 || scored == rows
        ? all
        : all + ", the scores with those of " + Numbers.count(scored) + " held-out rows";
  }

  private String headline() {
    String model = report.model();
    List<String> columns =
        report.windows().reversed().stream().flatMap(w -> w.drifted().stream()).distinct().toList();
    String quality =
        report.windows().stream().anyMatch(WindowReport::qualityBroken)
            ? " Its realised quality is below the floor."
            : "";
    return switch (report.state()) {
      case DRIFTED ->
          "What %s sees has drifted: %s.%s"
              .formatted(
                  model, columns.isEmpty() ? "all columns together" : listed(columns), quality);
      case STABLE -> "What " + model + " sees is as it was." + quality;
      case NO_DATA -> "Too few predictions of " + model + " to judge by." + quality;
      case NO_MODEL -> model + " has no champion.";
    };
  }

  private static String listed(List<String> names) {
    String shown = String.join(", ", names.subList(0, Math.min(6, names.size())));
    return names.size() > 6 ? shown + " and " + (names.size() - 6) + " more" : shown;
  }

  private Html window(WindowReport said, Window window, Profile reference) {
    boolean open = windows.size() == 1 || said == report.windows().getLast();
    Profile profile = window.profile();
    return Html.of(
        "<details%s><summary>Rows %s–%s %s</summary><p class=\"muted small\">%s to %s</p>%s%s"
            + "</details>",
        new Html(open ? " open" : ""),
        Numbers.count(said.firstRow()),
        Numbers.count(said.firstRow() + said.rows() - 1),
        pill(said.state()),
        time(said.from()),
        time(said.to()),
        report.windows().size() == 1
            ? Html.NONE
            : Html.of("<ul class=\"say\">%s</ul>", Html.all(together(said))),
        said.columns().isEmpty() || profile == null
            ? Html.NONE
            : DriftColumns.of(said.columns(), reference, profile));
  }

  /** What is said of all columns together, and of the metrics without labels. */
  private static List<Html> together(WindowReport said) {
    List<Html> all = new ArrayList<>();
    for (MultivariateVerdict verdict : said.multivariate()) {
      all.add(
          Html.of(
              "<li>%s<span>%s</span></li>",
              pill(verdict.drifted() ? State.DRIFTED : State.STABLE), verdict.sentence()));
    }
    for (Estimate estimate : said.estimates()) {
      all.add(
          Html.of(
              "<li>%s<span>%s</span></li>",
              new Html(
                  estimate.trustworthy()
                      ? "<span class=\"pill\">estimate</span>"
                      : "<span class=\"pill NO_DATA\">not trustworthy</span>"),
              estimate.sentence()));
    }
    return all;
  }

  private Html rules() {
    WatchSpec.DriftSpec drift = watch.drift();
    boolean ranked =
        report.windows().stream()
            .flatMap(w -> w.columns().stream())
            .map(ColumnVerdict::impact)
            .anyMatch(java.util.Objects::nonNull);
    return Html.of(
        "<footer><p>A column drifts when its test's p-value, adjusted over all columns"
            + " (Benjamini-Hochberg), is at most %s and its effect is at least its threshold"
            + " (profile %s), or when its values go missing significantly more often: by five"
            + " points, or at least twice as often and in over 1 %% of the rows. Wasserstein: in"
            + " standard deviations of the reference; Jensen-Shannon: natural logarithm. PSI:"
            + " deciles of the reference (levels for categories), shares of at least 0.0001. Tests:"
            + " two-sample Kolmogorov-Smirnov for numbers, chi-squared for"
            + " categories.</p>%s</footer>",
        Numbers.shortly(drift.fdr()),
        drift.profile(),
        ranked
            ? Html.of(
                "<p>Columns are in the order of what their drift costs or gains. The served version"
                    + " scores a sample of the window's rows as they are and with the column's"
                    + " values moved onto the reference's (ranks kept, as few texts changed as it"
                    + " takes), and a sample of the reference's rows the other way round; the mean"
                    + " of both differences of the metric estimated without labels is the column's."
                    + " Equal rows are taken to have equal outcomes still.</p>")
            : Html.NONE);
  }

  static Html pill(State state) {
    return Html.of(
        "<span class=\"pill %s\">%s</span>",
        state, state.name().toLowerCase(Locale.ROOT).replace('_', ' '));
  }

  static String time(Instant instant) {
    String text = instant.truncatedTo(ChronoUnit.SECONDS).toString();
    return text.replace("T", " ").replace("Z", " UTC");
  }
}
