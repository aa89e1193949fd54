package io.millrace.activities.registry;

import io.millrace.activities.page.Figures;
import io.millrace.activities.page.Html;
import io.millrace.activities.page.Page;
import io.millrace.activities.page.Words;
import io.millrace.workflows.port.gate.Verdict;
import io.millrace.workflows.ref.Metric;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** {@code card.html}: what a version is, what it was measured at, and where it must not be used. */
final class ModelCard {
  private ModelCard() {}

  static String html(Provenance from) {
    List<Html> parts = new ArrayList<>();
    parts.add(
        Html.of(
            "<p class=\"over\">Model card</p><h1>%s, version %s</h1><p>A %s model of the %s family,"
                + " made from %s rows of <code>%s</code>. %s</p>",
            from.version().name(),
            from.version().version(),
            from.task().word(),
            from.winner().family(),
            Words.count(from.dataset().rows()),
            from.dataset().name(),
            from.selection()));
    List<Html> facts = new ArrayList<>();
    for (Metric metric : from.gates().metrics().stream().limit(3).toList()) {
      facts.add(Figures.fact(metric.name(), Words.column(metric.value()), interval(metric)));
    }
    facts.add(
        Figures.fact("test rows", Words.count(from.gates().rows()), "held out, never trained on"));
    parts.add(Html.of("<dl class=\"facts\">%s</dl>", Html.all(facts)));
    parts.add(new Html("<h2>Metrics on the test split</h2>"));
    parts.add(Figures.metrics(from.gates().metrics()));
    parts.add(new Html("<h2>Gates</h2>"));
    for (Verdict verdict : from.gates().verdicts()) {
      parts.add(Figures.verdict(verdict));
    }
    parts.add(limits(from));
    parts.add(origin(from));
    return Page.of(from.version().toString(), Html.all(parts));
  }

  private static String interval(Metric metric) {
    Double low = metric.low();
    Double high = metric.high();
    return low == null || high == null
        ? "no interval"
        : "%s to %s".formatted(Words.column(low), Words.column(high));
  }

  private static Html limits(Provenance from) {
    List<Html> items = new ArrayList<>();
    items.add(
        Html.of(
            "<li>It was measured on rows drawn like its training rows. On data that differs, expect"
                + " less; the drift checks say when it does.</li>"));
    for (Verdict verdict : from.gates().verdicts()) {
      if (verdict instanceof Verdict.Rejected) {
        items.add(Html.of("<li>%s: %s</li>", verdict.gate(), verdict.sentence()));
      }
    }
    items.add(
        Html.of(
            "<li>Values of a category that were not seen in training are scored as unknown; numbers"
                + " outside an allowed range are refused.</li>"));
    return Html.of("<h2>Limits</h2><ul>%s</ul>", Html.all(items));
  }

  private static Html origin(Provenance from) {
    Map<String, Object> rows = new TreeMap<>();
    rows.put("dataset", from.dataset().digest());
    rows.put("package", from.version().digest());
    rows.put("run", from.run().runId());
    rows.put("trigger", from.trigger().cause());
    rows.put("registered", from.created());
    rows.put("spec", from.spec());
    rows.put("seed", from.seed());
    rows.put("hyperparameters", from.winner().parameters());
    rows.put("code", from.build().version() + ", commit " + from.build().commit());
    rows.put("engines", new TreeMap<>(from.build().engines()));
    rows.put(
        "platform",
        from.platform().os()
            + ", "
            + from.platform().arch()
            + ", Java "
            + from.platform().java()
            + ", "
            + from.platform().threads()
            + " processors");
    Provenance.Training training = from.training();
    if (training != null) {
      rows.put("trained by", training.node() + gpu(training.attempts()));
    }
    return Html.all(
        new Html("<h2>Where it came from</h2>"),
        Html.table(
            new Html("<th>What</th><th>Value</th>"),
            rows.entrySet().stream()
                .map(
                    row ->
                        Html.of(
                            "<tr><td>%s</td><td><code>%s</code></td></tr>",
                            row.getKey(), row.getValue()))
                .toList()));
  }

  /** The GPU that most lately trained the weights; nothing where there was none. */
  private static String gpu(List<Provenance.Attempt> attempts) {
    String model = attempts.isEmpty() ? null : attempts.getLast().platform().gpu();
    return model == null ? "" : ", " + model;
  }
}
