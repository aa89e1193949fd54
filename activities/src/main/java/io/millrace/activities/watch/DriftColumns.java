package io.millrace.activities.watch;

import io.millrace.activities.page.Html;
import io.millrace.activities.page.Words;
import io.millrace.activities.watch.estimate.LossEstimate;
import io.millrace.inference.profile.ColumnProfile;
import io.millrace.inference.profile.Profile;
import io.millrace.workflows.port.watch.WatchActivities.ColumnVerdict;
import io.millrace.workflows.port.watch.WatchActivities.State;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A window's columns as cards: what is said, the reference and the window drawn, the numbers. */
final class DriftColumns {
  /** Charts of one window; the columns are in the order of interest. */
  static final int CHARTS = 60;

  private DriftColumns() {}

  /** Those that drifted first, the others folded. */
  static Html of(List<ColumnVerdict> verdicts, Profile reference, Profile window) {
    List<Html> drifted = new ArrayList<>();
    List<Html> others = new ArrayList<>();
    int drawn = 0;
    for (ColumnVerdict verdict : verdicts) {
      ColumnProfile now = window.column(verdict.column()).orElse(null);
      String chart =
          drawn++ < CHARTS
              ? reference.column(verdict.column()).map(c -> DriftChart.of(c, now)).orElse("")
              : "";
      (verdict.drifted() ? drifted : others).add(card(verdict, new Html(chart)));
    }
    Html rest =
        others.isEmpty()
            ? Html.NONE
            : Html.of(
                "<details%s><summary>%s that did not drift</summary>%s</details>",
                new Html(drifted.isEmpty() ? " open" : ""),
                others.size() == 1 ? "1 column" : Numbers.count(others.size()) + " columns",
                Html.all(others));
    return Html.of("%s%s", Html.all(drifted), rest);
  }

  private static Html card(ColumnVerdict verdict, Html chart) {
    return Html.of(
        "<article class=\"gate col\"><div class=\"chart\">%s</div><div><header><b>%s</b>%s</header>"
            + "<p>%s</p>%s<p class=\"muted small\">%s</p></div></article>",
        chart,
        verdict.column(),
        verdict.drifted() ? DriftPage.pill(State.DRIFTED) : Html.NONE,
        verdict.sentence(),
        impact(verdict),
        numbers(verdict));
  }

  private static Html impact(ColumnVerdict verdict) {
    String said = impact(verdict.impactMetric(), verdict.impact());
    return said.isEmpty() ? Html.NONE : Html.of("<p><b>%s</b></p>", said);
  }

  /** What a column's drift does to a metric; empty where it was not estimated. */
  static String impact(@Nullable String metric, @Nullable Double change) {
    if (metric == null || change == null) {
      return "";
    }
    double size = Math.abs(change);
    boolean less = metric.equals(LossEstimate.MAE);
    if (size < 1e-4) {
      return "It hardly changes the estimated " + metric + ".";
    }
    boolean harm = less ? change > 0 : change < 0;
    return "It %s an estimated %s of %s."
        .formatted(harm ? "costs" : "gains", Words.number(size), metric);
  }

  private static String numbers(ColumnVerdict verdict) {
    List<String> numbers = new ArrayList<>();
    numbers.add("PSI " + Numbers.shortly(verdict.psi()));
    numbers.add(
        "missing %s, was %s"
            .formatted(
                Numbers.percent(verdict.missing()), Numbers.percent(verdict.missingReference())));
    return String.join(" · ", numbers);
  }
}
