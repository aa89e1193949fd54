package io.millrace.activities.watch;

import io.millrace.activities.page.Html;
import io.millrace.activities.watch.DriftHistory.Event;
import io.millrace.activities.watch.DriftHistory.Seen;
import io.millrace.workflows.ref.Metric;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Past windows from left to right: a bar for the share of columns that drifted, a line for the
 * metric that was estimated, a dot for the one that came true, and what was done in between.
 */
final class DriftTimeline {
  /** Data is escaped in a page, and so cannot have these. */
  private static final String BEGIN = "<!-- timeline -->";

  private static final String END = "<!-- timeline ends -->";
  private static final int WIDTH = 900;
  private static final int HEIGHT = 110;
  private static final int TOP = 16;

  /** Characters of a reason. */
  private static final int REASON = 200;

  private final DriftHistory history;
  private final double step;

  private DriftTimeline(DriftHistory history) {
    this.history = history;
    this.step = (double) WIDTH / history.windows().size();
  }

  /**
   * Between {@link #BEGIN} and {@link #END}; nothing there when there is but the window that the
   * page is about.
   */
  static Html of(DriftHistory history) {
    return Html.all(new Html(BEGIN), inner(history), new Html(END));
  }

  /** A page with another timeline; as it is when it has none. */
  static String replaced(String page, DriftHistory history) {
    int begin = page.indexOf(BEGIN);
    int end = page.indexOf(END);
    return begin < 0 || end < begin
        ? page
        : page.substring(0, begin) + of(history).markup() + page.substring(end + END.length());
  }

  private static Html inner(DriftHistory history) {
    if (history.windows().size() < 2 && history.events().isEmpty() || history.windows().isEmpty()) {
      return Html.NONE;
    }
    DriftTimeline timeline = new DriftTimeline(history);
    return Html.all(
        Html.of("<h2>Checks and what was done</h2>"), timeline.picture(), timeline.done());
  }

  private Html picture() {
    StringBuilder svg = new StringBuilder();
    for (int i = 0; i < history.windows().size(); i++) {
      Seen seen = history.windows().get(i);
      double share =
          seen.columns() == 0 ? 0 : Math.min(1, (double) seen.drifted().size() / seen.columns());
      double height = Math.max(3, (HEIGHT - TOP) * share);
      svg.append(
          Html.of(
                  "<rect class=\"%s\" x=\"%s\" y=\"%s\" width=\"%s\""
                      + " height=\"%s\"><title>%s</title></rect>",
                  tone(seen),
                  n(i * step + 1),
                  n(HEIGHT - height),
                  n(Math.max(1, Math.min(40, step - 2))),
                  n(height),
                  title(seen))
              .markup());
    }
    List<Metric> all = new ArrayList<>();
    String metric = metric();
    for (Seen seen : history.windows()) {
      estimated(seen, metric).ifPresent(all::add);
      add(all, seen.realised(), metric);
    }
    double low = all.stream().mapToDouble(Metric::value).min().orElse(0);
    double high = all.stream().mapToDouble(Metric::value).max().orElse(1);
    svg.append(line(metric, low, high));
    for (int i = 0; i < history.events().size(); i++) {
      double x = Math.min(WIDTH - 12, step * after(history.events().get(i)));
      svg.append(
          Html.of(
                  "<path class=\"then\" d=\"M%s %sV%s\"/><text x=\"%s\" y=\"%s\">%s</text>",
                  n(x), TOP, HEIGHT, n(x + 2), 10, i + 1)
              .markup());
    }
    Html key =
        Html.of(
            "<p class=\"key\"><span><i class=\"box DRIFTED\"></i>drifted</span><span><i class=\"box"
                + " STABLE\"></i>as it was</span><span><i class=\"box NO_DATA\"></i>too few"
                + " rows</span>%s</p>",
            all.isEmpty()
                ? Html.NONE
                : Html.of(
                    "<span><i style=\"background:var(--ink)\"></i>%s estimated, dots: realised,"
                        + " %s to %s</span>",
                    metric, Numbers.shortly(low), Numbers.shortly(high)));
    return Html.of(
        "<p class=\"muted small\">%s windows, oldest first; a bar is as high as the share of"
            + " columns that drifted.</p><div class=\"scroll\"><svg class=\"time\" viewBox=\"0 0 %s"
            + " %s\" role=\"img\" aria-label=\"past checks\">%s</svg></div>%s",
        Numbers.count(history.windows().size()), WIDTH, HEIGHT, new Html(svg.toString()), key);
  }

  private String line(String metric, double low, double high) {
    StringBuilder path = new StringBuilder();
    StringBuilder dots = new StringBuilder();
    for (int i = 0; i < history.windows().size(); i++) {
      double x = i * step + Math.min(20, step / 2);
      Metric estimated = estimated(history.windows().get(i), metric).orElse(null);
      if (estimated != null) {
        path.append(path.isEmpty() ? "M" : "L")
            .append(n(x))
            .append(' ')
            .append(n(y(estimated.value(), low, high)));
      }
      Metric realised = history.windows().get(i).realised();
      if (realised != null && realised.name().equals(metric)) {
        dots.append(
            "<circle class=\"came\" cx=\"%s\" cy=\"%s\" r=\"3\"/>"
                .formatted(n(x), n(y(realised.value(), low, high))));
      }
    }
    return (path.isEmpty() ? "" : "<path class=\"line\" d=\"" + path + "\"/>") + dots;
  }

  private static double y(double value, double low, double high) {
    return TOP + 6 + (HEIGHT - TOP - 12) * (high > low ? (high - value) / (high - low) : 0.5);
  }

  /** The one that was realised, if one was; else the first that was estimated. */
  private String metric() {
    for (Seen seen : history.windows().reversed()) {
      if (seen.realised() != null) {
        return seen.realised().name();
      }
    }
    for (Seen seen : history.windows().reversed()) {
      if (!seen.estimated().isEmpty()) {
        return seen.estimated().getFirst().name();
      }
    }
    return "";
  }

  private static void add(List<Metric> all, @Nullable Metric metric, String name) {
    if (metric != null && metric.name().equals(name)) {
      all.add(metric);
    }
  }

  private static Optional<Metric> estimated(Seen seen, String name) {
    return seen.estimated().stream().filter(m -> m.name().equals(name)).findFirst();
  }

  private int after(Event event) {
    int before = 0;
    for (Seen seen : history.windows()) {
      before += seen.checked().isAfter(event.at()) ? 0 : 1;
    }
    return before;
  }

  private Html done() {
    if (history.events().isEmpty()) {
      return Html.of("<p class=\"muted\">Nothing was done about the model in this time.</p>");
    }
    List<Html> rows = new ArrayList<>();
    for (int i = history.events().size() - 1; i >= 0; i--) {
      Event event = history.events().get(i);
      rows.add(
          Html.of(
              "<tr><td class=\"n\">%s</td><td"
                  + " class=\"when\">%s</td><td><b>%s</b></td><td>%s</td></tr>",
              i + 1, DriftPage.time(event.at()), event.action(), shortly(event.reason())));
    }
    return Html.table(
        new Html("<th class=\"n\">#</th><th>When</th><th>What was done</th><th>Why</th>"), rows);
  }

  /** A retraining's reason repeats every window's sentence; the audit log has all of it. */
  private static String shortly(String reason) {
    return reason.length() <= REASON ? reason : reason.substring(0, REASON) + "…";
  }

  private static String title(Seen seen) {
    return "%s, version %s, rows %s to %s: %s%s"
        .formatted(
            DriftPage.time(seen.checked()),
            seen.version(),
            Numbers.count(seen.firstRow()),
            Numbers.count(seen.firstRow() + seen.rows() - 1),
            seen.state().name().toLowerCase(Locale.ROOT).replace('_', ' '),
            seen.drifted().isEmpty() ? "" : " (" + String.join(", ", seen.drifted()) + ")");
  }

  private static String tone(Seen seen) {
    return seen.qualityBroken() ? "DRIFTED" : seen.state().name();
  }

  private static String n(double x) {
    return String.format(Locale.ROOT, "%.1f", x);
  }
}
