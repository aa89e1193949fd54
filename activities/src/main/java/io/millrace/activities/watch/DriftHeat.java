package io.millrace.activities.watch;

import io.millrace.activities.page.Html;
import io.millrace.workflows.port.watch.WatchActivities.ColumnVerdict;
import io.millrace.workflows.port.watch.WatchActivities.DriftReport;
import io.millrace.workflows.port.watch.WatchActivities.WindowReport;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** PSI by column and window, of a check of several windows. */
final class DriftHeat {
  private DriftHeat() {}

  /** Empty for fewer than two windows that were judged. */
  static Html of(DriftReport report) {
    List<WindowReport> looked =
        report.windows().stream().filter(w -> !w.columns().isEmpty()).toList();
    if (looked.size() < 2) {
      return Html.NONE;
    }
    List<Html> heads = new ArrayList<>();
    looked.forEach(w -> heads.add(Html.of("<th class=\"n\">%s</th>", Numbers.count(w.firstRow()))));
    List<Html> rows = new ArrayList<>();
    List<String> columns =
        looked.getLast().columns().stream()
            .map(ColumnVerdict::column)
            .limit(DriftColumns.CHARTS)
            .toList();
    for (String column : columns) {
      List<Html> cells = new ArrayList<>();
      for (WindowReport window : looked) {
        Optional<ColumnVerdict> verdict =
            window.columns().stream().filter(v -> v.column().equals(column)).findFirst();
        cells.add(
            Html.of(
                "<td class=\"n%s\">%s</td>",
                verdict.map(ColumnVerdict::drifted).orElse(false) ? " hit" : "",
                verdict.map(v -> String.format(Locale.ROOT, "%.3f", v.psi())).orElse("")));
      }
      rows.add(Html.of("<tr><td>%s</td>%s</tr>", column, Html.all(cells)));
    }
    return Html.of(
        "<h2>PSI by window</h2><div class=\"heat\">%s</div>",
        Html.table(Html.of("<th>from row</th>%s", Html.all(heads)), rows));
  }
}
