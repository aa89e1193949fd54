package io.millrace.activities.report;

import io.millrace.activities.page.Figures;
import io.millrace.activities.page.Html;
import io.millrace.activities.page.Page;
import io.millrace.activities.page.Words;
import io.millrace.activities.train.LearningCurve;
import io.millrace.activities.trials.TrialSummary;
import io.millrace.workflows.port.gate.GateActivities.GateReport;
import io.millrace.workflows.port.report.ReportActivities.ReportRequest;
import io.millrace.workflows.port.report.ReportActivities.StageTime;
import io.millrace.workflows.ref.Metric;
import io.millrace.workflows.ref.ModelRef;
import io.millrace.workflows.wire.PayloadJson;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** Lays out the report: what came of it first, then how. */
record ReportPage(
    ReportRequest request, List<TrialSummary> trials, Map<Integer, LearningCurve> curves) {
  String html() {
    List<Html> parts = new ArrayList<>();
    parts.add(head());
    if (request.endpointUrl() != null) {
      parts.add(use(request.endpointUrl()));
    }
    parts.add(stages());
    GateReport gates = request.gates();
    if (gates != null) {
      parts.add(new Html("<h2>Gates</h2>"));
      parts.add(
          gates.verdicts().isEmpty()
              ? new Html("<p class=\"muted\">The spec declares none that is measured.</p>")
              : Html.all(gates.verdicts().stream().map(Figures::verdict).toList()));
      parts.add(new Html("<h2>Metrics on the test split</h2>"));
      parts.add(Figures.metrics(gates.metrics()));
    }
    parts.add(new TrialsSection(request, trials, curves).html());
    if (request.ingest() != null) {
      parts.add(new DataSection(request.ingest()).html());
    }
    parts.add(foot());
    return Page.of(request.run().runId() + ": " + request.outcome(), Html.all(parts));
  }

  private Html head() {
    GateReport gates = request.gates();
    ModelRef version = request.version();
    boolean rejected = gates != null && !gates.passed();
    boolean live = request.endpointUrl() != null;
    String tone = live ? "good" : rejected ? "bad" : "";
    String word =
        live ? "live" : rejected ? "rejected" : version != null ? "registered" : "not registered";
    List<Html> facts = new ArrayList<>();
    if (gates != null) {
      metric(gates)
          .ifPresent(m -> facts.add(Figures.fact(m.name(), Words.column(m.value()), range(m))));
    }
    facts.add(
        version == null
            ? Figures.fact("version", "none", "nothing was registered")
            : Figures.fact(
                "version",
                version.version(),
                "of " + version.name() + ", " + version.digest().substring(0, 12)));
    if (request.ingest() != null) {
      facts.add(
          Figures.fact(
              "rows",
              Words.count(request.ingest().dataset().rows()),
              Words.count(request.ingest().rowsQuarantined()) + " quarantined"));
    }
    facts.add(Figures.fact("took", Times.text(took()), request.stages().size() + " stages"));
    return Html.of(
        "<p class=\"over\">Run %s <span class=\"pill %s\">%s</span></p><h1>%s</h1>"
            + "<p class=\"muted small\">%s</p><dl class=\"facts\">%s</dl>",
        request.run().runId(),
        tone,
        word,
        request.outcome(),
        "Trigger: " + request.trigger().cause() + ", " + request.trigger().detail() + ".",
        Html.all(facts));
  }

  /** The objective's when it was measured, else the first. */
  private java.util.Optional<Metric> metric(GateReport gates) {
    String objective = request.spec().training().objective().metric();
    return gates.metrics().stream()
        .min(Comparator.comparing(m -> m.name().equals(objective) ? 0 : 1));
  }

  private static String range(Metric metric) {
    Double low = metric.low();
    Double high = metric.high();
    return low == null || high == null
        ? "test split, no interval"
        : "95 %: " + Words.column(low) + " to " + Words.column(high);
  }

  private Html use(String url) {
    String model = request.spec().model();
    return Html.of(
        """
        <h2>Use it, or take it back</h2>
        <p>The endpoint answers at %s.</p>
        <pre># what it takes and gives
        curl %s/v2/models/%s

        # answers for the rows of a file
        infra/millrace predict %s --input rows.json

        # back to the version before, in under a minute
        infra/millrace rollback %s</pre>\
        """,
        Html.link(url), url, model, model, model);
  }

  private Duration took() {
    Instant from =
        request.stages().stream()
            .map(StageTime::from)
            .min(Instant::compareTo)
            .orElse(Instant.EPOCH);
    Instant to = request.stages().stream().map(StageTime::to).max(Instant::compareTo).orElse(from);
    return Duration.between(from, to);
  }

  private Html stages() {
    if (request.stages().isEmpty()) {
      return Html.NONE;
    }
    double whole = Math.max(1, took().toMillis());
    Instant start =
        request.stages().stream().map(StageTime::from).min(Instant::compareTo).orElseThrow();
    List<Html> rows = new ArrayList<>();
    for (StageTime stage : request.stages()) {
      Duration time = Duration.between(stage.from(), stage.to());
      double left = Duration.between(start, stage.from()).toMillis() / whole;
      rows.add(
          Html.of(
              "<span>%s</span><span class=\"track\"><i class=\"fill\""
                  + " style=\"left:%s;width:%s\"></i></span><span class=\"n\">%s</span>",
              stage.stage(),
              Figures.share(left),
              Figures.share(Math.min(time.toMillis() / whole, 1 - left)),
              Times.text(time)));
    }
    return Html.of("<h2>Stages</h2><div class=\"bars\">%s</div>", Html.all(rows));
  }

  private Html foot() {
    return Html.of(
        "<footer>Model %s, %s. Seed %s. Spec <code>%s</code>. The same in JSON: <a"
            + " href=\"report.json\">report.json</a>.</footer>",
        request.spec().model(),
        request.spec().task().word(),
        request.spec().training().seed(),
        PayloadJson.digest(request.spec()).substring(0, 16));
  }
}
