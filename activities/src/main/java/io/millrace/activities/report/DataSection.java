package io.millrace.activities.report;

import io.millrace.activities.page.Figures;
import io.millrace.activities.page.Html;
import io.millrace.activities.page.Words;
import io.millrace.workflows.port.data.DataActivities.ExpectationOutcome;
import io.millrace.workflows.port.data.DataActivities.IngestResult;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What came in, what was held against it, how it was divided. */
record DataSection(IngestResult ingest) {
  Html html() {
    return Html.all(
        Html.of(
            "<h2>Data</h2><p>%s rows were read%s, %s kept%s, as dataset <code>%s@%s</code>.</p>",
            Words.count(ingest.rowsRead()),
            ingest.recentRows() > 0
                ? ", "
                    + Words.count(ingest.recentRows())
                    + " of them logged predictions with labels"
                : "",
            Words.count(ingest.dataset().rows()),
            ingest.rowsQuarantined() > 0
                ? " and " + Words.count(ingest.rowsQuarantined()) + " put in quarantine"
                : "",
            ingest.dataset().name(),
            ingest.dataset().digest().substring(0, 16)),
        splits(),
        expectations(),
        privacy());
  }

  private Html splits() {
    Map<String, Long> ordered = new LinkedHashMap<>();
    for (String known : List.of("train", "validation", "test")) {
      if (ingest.splits().containsKey(known)) {
        ordered.put(known, ingest.splits().get(known));
      }
    }
    ingest.splits().entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(e -> ordered.putIfAbsent(e.getKey(), e.getValue()));
    double all = Math.max(1, ordered.values().stream().mapToLong(Long::longValue).sum());
    List<Html> rows = new ArrayList<>();
    ordered.forEach(
        (name, count) ->
            rows.add(
                Html.of(
                    "<span>%s</span><span class=\"track\"><i class=\"fill\""
                        + " style=\"left:0;width:%s\"></i></span><span class=\"n\">%s</span>",
                    name, Figures.share(count / all), Words.count(count))));
    return Html.of("<div class=\"bars\">%s</div>", Html.all(rows));
  }

  private Html expectations() {
    if (ingest.expectations().isEmpty()) {
      return new Html("<h3>Expectations</h3><p class=\"muted\">The spec declares none.</p>");
    }
    return Html.all(
        new Html("<h3>Expectations</h3>"),
        Html.table(
            new Html("<th>Rule</th><th></th><th class=\"n\">Broken by</th><th>Found</th>"),
            ingest.expectations().stream().map(DataSection::row).toList()));
  }

  private static Html row(ExpectationOutcome outcome) {
    boolean held = outcome.broken() == 0;
    boolean stops = outcome.onBreak().equalsIgnoreCase("block");
    return Html.of(
        "<tr><td>%s</td><td><span class=\"pill %s\">%s</span></td><td class=\"n\">%s</td>"
            + "<td>%s</td></tr>",
        outcome.rule(),
        held ? "good" : stops ? "bad" : "warn",
        held ? "held" : outcome.onBreak(),
        held ? "–" : Words.count(outcome.broken()),
        outcome.sentence());
  }

  private Html privacy() {
    if (ingest.privacy().isEmpty()) {
      return new Html("<h3>Personal data</h3><p class=\"muted\">None was recognised.</p>");
    }
    return Html.all(
        new Html(
            "<h3>Personal data</h3><p class=\"small muted\">Counts only; the values are not"
                + " kept anywhere.</p>"),
        Html.table(
            new Html(
                "<th>Column</th><th>Recognised as</th><th class=\"n\">Values</th>"
                    + "<th>What was done</th>"),
            ingest.privacy().stream()
                .map(
                    found ->
                        Html.of(
                            "<tr><td>%s</td><td>%s</td><td class=\"n\">%s</td><td>%s</td></tr>",
                            found.column(),
                            found.recogniser(),
                            Words.count(found.matches()),
                            found.action()))
                .toList()));
  }
}
