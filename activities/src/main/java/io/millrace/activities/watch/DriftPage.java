package io.millrace.activities.watch;

import io.millrace.inference.profile.ColumnProfile;
import io.millrace.inference.profile.Profile;
import io.millrace.workflows.port.watch.WatchActivities.ColumnVerdict;
import io.millrace.workflows.port.watch.WatchActivities.DriftReport;
import io.millrace.workflows.port.watch.WatchActivities.Estimate;
import io.millrace.workflows.port.watch.WatchActivities.MultivariateVerdict;
import io.millrace.workflows.port.watch.WatchActivities.State;
import io.millrace.workflows.port.watch.WatchActivities.WindowReport;
import io.millrace.workflows.spec.WatchSpec;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A check as one HTML file without scripts or anything loaded: verdicts first, then the numbers.
 */
final class DriftPage {
  /** Charts of one window; the columns are in the order of interest. */
  private static final int CHARTS = 60;

  private static final String STYLE =
      """
      :root{color-scheme:light dark;--ink:#1c2430;--soft:#5d6b7c;--line:#d9e0e8;--page:#fff;
      --ref:#b8c4d2;--cur:#d1495b;--ok:#2a7f62;--bad:#b3261e;--none:#7a6a00}
      @media(prefers-color-scheme:dark){:root{--ink:#e6ebf2;--soft:#9fadbd;--line:#344150;
      --page:#161c24;--ref:#4b5a6b;--cur:#ff8a80;--ok:#6fcf9f;--bad:#ff8a80;--none:#e3c75b}}
      body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--page);
      max-width:1080px;margin:2rem auto;padding:0 1.2rem}
      h1{font-size:1.5rem;margin:0 0 .2rem}h2{font-size:1.05rem;margin:2rem 0 .6rem}
      .meta{color:var(--soft);margin:0 0 1.2rem}.pill{display:inline-block;padding:0 .6em;
      border-radius:1em;border:1px solid currentColor;font-size:.8rem;font-weight:600}
      .DRIFTED{color:var(--bad)}.STABLE{color:var(--ok)}.NO_DATA,.NO_MODEL{color:var(--none)}
      ul.say{list-style:none;padding:0;margin:0}ul.say li{padding:.45rem 0;
      border-top:1px solid var(--line);display:flex;gap:.8rem;align-items:baseline}
      ul.say .pill{flex:none;min-width:5.2em;text-align:center}
      table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
      th{font-size:.8rem;color:var(--soft);text-align:left;font-weight:600}
      td,th{padding:.4rem .6rem;border-top:1px solid var(--line);vertical-align:top}
      td.n,th.n{text-align:right;white-space:nowrap}td.c{width:300px}
      .heat td{text-align:right;padding:.25rem .5rem;font-size:.85rem}.heat td:first-child{text-align:left}
      .heat .hit{background:color-mix(in srgb,var(--bad) 22%,transparent);font-weight:600}
      .name{font-weight:600;overflow-wrap:anywhere}.why{color:var(--soft);font-size:.85rem}
      summary{cursor:pointer;font-weight:600;padding:.5rem 0}details{border-top:1px solid var(--line)}
      svg{display:block;max-width:100%}svg text{font:10px system-ui,sans-serif;fill:var(--soft)}
      .ref{fill:var(--ref)}.cur{fill:none;stroke:var(--cur);stroke-width:1.6}.cur-bar{fill:var(--cur)}
      .key{color:var(--soft);font-size:.85rem}.key i{display:inline-block;width:.9em;height:.7em;margin:0 .3em 0 .8em}
      """;

  private final DriftReport report;
  private final List<Profile> references;
  private final List<Window> windows;
  private final WatchSpec watch;

  /**
   * @param references what each of the windows was compared with
   * @param windows those that the last of the report's windows are about
   */
  DriftPage(DriftReport report, List<Profile> references, List<Window> windows, WatchSpec watch) {
    this.report = report;
    this.references = references;
    this.windows = windows;
    this.watch = watch;
  }

  String html() {
    StringBuilder out = new StringBuilder();
    String model = escape(report.model());
    out.append("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">")
        .append("<meta name=\"viewport\" content=\"width=device-width\">")
        .append("<title>Drift of ")
        .append(model)
        .append("</title><style>")
        .append(STYLE)
        .append("</style></head><body><h1>")
        .append(headline())
        .append("</h1><p class=\"meta\">")
        .append(escape(String.valueOf(report.version())))
        .append(", checked for ")
        .append(time(report.at()))
        .append(", against ")
        .append(Numbers.count(references.isEmpty() ? 0 : references.getLast().rows()))
        .append(" reference rows (")
        .append(escape(watch.reference()))
        .append(")</p><ul class=\"say\">");
    for (WindowReport window : report.windows()) {
      out.append("<li>")
          .append(pill(window.state()))
          .append("<span>")
          .append(escape(window.sentence()))
          .append(window.qualityBroken() ? " <b class=\"DRIFTED\">Below the floor.</b>" : "")
          .append("</span></li>");
    }
    out.append("</ul>");
    heat(out);
    int labelled = report.windows().size() - windows.size();
    out.append("<p class=\"key\"><i class=\"ref\" style=\"background:var(--ref)\"></i>reference")
        .append("<i style=\"background:var(--cur)\"></i>window</p>");
    for (int i = 0; i < windows.size(); i++) {
      window(out, report.windows().get(labelled + i), windows.get(i), references.get(i));
    }
    WatchSpec.DriftSpec drift = watch.drift();
    out.append(
            "<p class=\"why\">A column drifts when its test's p-value, adjusted over all columns ")
        .append("(Benjamini-Hochberg), is at most ")
        .append(Numbers.shortly(drift.fdr()))
        .append(" and its effect is at least its threshold (profile ")
        .append(escape(drift.profile()))
        .append("), or when its values go missing significantly more often: by five points, or at ")
        .append("least twice as often and in over 1 % of the rows. Wasserstein: in standard ")
        .append(
            "deviations of the reference; Jensen-Shannon: natural logarithm. PSI: deciles of the"
                + " reference ")
        .append("(levels for categories), shares of at least 0.0001. Tests: two-sample ")
        .append("Kolmogorov-Smirnov for numbers, chi-squared for categories.</p></body></html>\n");
    return out.toString();
  }

  private String headline() {
    String model = escape(report.model());
    List<String> columns =
        report.windows().stream().flatMap(w -> w.drifted().stream()).distinct().toList();
    String quality =
        report.windows().stream().anyMatch(WindowReport::qualityBroken)
            ? " Its realised quality is below the floor."
            : "";
    return switch (report.state()) {
      case DRIFTED ->
          "What %s sees has drifted: %s.%s"
              .formatted(
                  model,
                  columns.isEmpty() ? "all columns together" : escape(listed(columns)),
                  quality);
      case STABLE -> "What " + model + " sees is as it was." + quality;
      case NO_DATA -> "Too few predictions of " + model + " to judge by." + quality;
      case NO_MODEL -> model + " has no champion.";
    };
  }

  private static String listed(List<String> names) {
    String shown = String.join(", ", names.subList(0, Math.min(6, names.size())));
    return names.size() > 6 ? shown + " and " + (names.size() - 6) + " more" : shown;
  }

  /** PSI by column and window, when there is more than one. */
  private void heat(StringBuilder out) {
    List<WindowReport> looked =
        report.windows().stream().filter(w -> !w.columns().isEmpty()).toList();
    if (looked.size() < 2) {
      return;
    }
    List<String> columns = new ArrayList<>();
    looked.getLast().columns().stream()
        .map(ColumnVerdict::column)
        .limit(CHARTS)
        .forEach(columns::add);
    out.append("<h2>PSI by window</h2><table class=\"heat\"><tr><th>from row</th>");
    looked.forEach(
        w -> out.append("<th class=\"n\">").append(Numbers.count(w.firstRow())).append("</th>"));
    out.append("</tr>");
    for (String column : columns) {
      out.append("<tr><td>").append(escape(column)).append("</td>");
      for (WindowReport window : looked) {
        Optional<ColumnVerdict> verdict =
            window.columns().stream().filter(v -> v.column().equals(column)).findFirst();
        out.append(
                verdict.map(ColumnVerdict::drifted).orElse(false) ? "<td class=\"hit\">" : "<td>")
            .append(verdict.map(v -> String.format(Locale.ROOT, "%.3f", v.psi())).orElse(""))
            .append("</td>");
      }
      out.append("</tr>");
    }
    out.append("</table>");
  }

  private void window(StringBuilder out, WindowReport said, Window window, Profile reference) {
    boolean open = windows.size() == 1 || said.state() == State.DRIFTED;
    out.append(open ? "<details open><summary>" : "<details><summary>")
        .append("Rows ")
        .append(Numbers.count(said.firstRow()))
        .append("–")
        .append(Numbers.count(said.firstRow() + said.rows() - 1))
        .append(" ")
        .append(pill(said.state()))
        .append("</summary><p class=\"meta\">")
        .append(time(said.from()))
        .append(" to ")
        .append(time(said.to()))
        .append("</p>");
    together(out, said);
    Profile profile = window.profile();
    if (!said.columns().isEmpty() && profile != null) {
      out.append("<table><tr><th>column</th><th>reference and window</th>")
          .append("<th class=\"n\">effect</th><th class=\"n\">PSI</th>")
          .append("<th class=\"n\">test</th><th class=\"n\">adjusted p</th>")
          .append("<th class=\"n\">missing</th></tr>");
      int drawn = 0;
      for (ColumnVerdict verdict : said.columns()) {
        ColumnProfile now = profile.column(verdict.column()).orElse(null);
        String chart =
            drawn++ < CHARTS
                ? reference.column(verdict.column()).map(c -> DriftChart.of(c, now)).orElse("")
                : "";
        row(out, verdict, chart);
      }
      out.append("</table>");
    }
    out.append("</details>");
  }

  private static void row(StringBuilder out, ColumnVerdict verdict, String chart) {
    out.append("<tr><td><span class=\"name\">")
        .append(escape(verdict.column()))
        .append("</span> ")
        .append(verdict.drifted() ? pill(State.DRIFTED) : "")
        .append("<br><span class=\"why\">")
        .append(escape(verdict.sentence()))
        .append("</span></td><td class=\"c\">")
        .append(chart)
        .append("</td><td class=\"n\">")
        .append(effect(verdict))
        .append("</td><td class=\"n\">")
        .append(Numbers.shortly(verdict.psi()))
        .append("</td><td class=\"n\">")
        .append(escape(verdict.test()))
        .append(" ")
        .append(Numbers.shortly(verdict.statistic()))
        .append("</td><td class=\"n\">")
        .append(p(verdict.adjusted()))
        .append("</td><td class=\"n\">")
        .append(Numbers.percent(verdict.missing()))
        .append("<br><span class=\"why\">was ")
        .append(Numbers.percent(verdict.missingReference()))
        .append("</span></td></tr>");
  }

  private static String effect(ColumnVerdict verdict) {
    Double value = verdict.effect();
    Double threshold = verdict.threshold();
    String measure = verdict.measure();
    return value == null || threshold == null || measure == null
        ? ""
        : "%s<br><span class=\"why\">%s, from %s</span>"
            .formatted(Numbers.shortly(value), escape(measure), Numbers.shortly(threshold));
  }

  /** What is said of all columns together, and of the metrics without labels. */
  private static void together(StringBuilder out, WindowReport said) {
    if (said.multivariate().isEmpty() && said.estimates().isEmpty()) {
      return;
    }
    out.append("<ul class=\"say\">");
    for (MultivariateVerdict verdict : said.multivariate()) {
      out.append("<li>")
          .append(pill(verdict.drifted() ? State.DRIFTED : State.STABLE))
          .append("<span>")
          .append(escape(verdict.sentence()))
          .append("</span></li>");
    }
    for (Estimate estimate : said.estimates()) {
      out.append(
              estimate.trustworthy()
                  ? "<li><span class=\"pill\">estimate</span><span>"
                  : "<li><span class=\"pill NO_DATA\">not trustworthy</span><span>")
          .append(escape(estimate.sentence()))
          .append("</span></li>");
    }
    out.append("</ul>");
  }

  private static String p(@Nullable Double p) {
    return p == null ? "none" : p < 1e-12 ? "&lt; 1e-12" : Numbers.shortly(p);
  }

  private static String pill(State state) {
    return "<span class=\"pill %s\">%s</span>"
        .formatted(state, state.name().toLowerCase(Locale.ROOT).replace('_', ' '));
  }

  private static String time(Instant instant) {
    String text = instant.truncatedTo(ChronoUnit.SECONDS).toString();
    return text.replace("T", " ").replace("Z", " UTC");
  }

  /** For text and for attributes in double quotes. */
  static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }
}
