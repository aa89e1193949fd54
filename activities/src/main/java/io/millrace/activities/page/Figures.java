package io.millrace.activities.page;

import io.millrace.workflows.port.gate.Verdict;
import io.millrace.workflows.ref.Metric;
import io.millrace.workflows.spec.GateSpec;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Pieces that several pages show. */
public final class Figures {
  private Figures() {}

  /** {@code 0.7751 (0.7612 to 0.7890)}; the estimate alone without an interval. */
  public static String withInterval(Metric metric) {
    Double low = metric.low();
    Double high = metric.high();
    return low == null || high == null
        ? Words.number(metric.value())
        : "%s (%s to %s)"
            .formatted(Words.number(metric.value()), Words.number(low), Words.number(high));
  }

  /** One big number with its name. */
  public static Html fact(String name, Object value, String note) {
    return Html.of(
        "<div class=\"fact\"><dt>%s</dt><dd>%s<small>%s</small></dd></div>", name, value, note);
  }

  /** Metrics with their intervals. */
  public static Html metrics(List<Metric> metrics) {
    return Html.table(
        new Html(
            "<th>Metric</th><th class=\"n\">Value</th><th class=\"n\">95 % interval</th>"
                + "<th class=\"n\">Rows</th>"),
        metrics.stream()
            .map(
                m ->
                    Html.of(
                        "<tr><td>%s</td><td class=\"n\">%s</td><td class=\"n\">%s</td>"
                            + "<td class=\"n\">%s</td></tr>",
                        m.name(), Words.number(m.value()), interval(m), Words.count(m.rows())))
            .toList());
  }

  private static String interval(Metric metric) {
    Double low = metric.low();
    Double high = metric.high();
    return low == null || high == null ? "–" : Words.column(low) + " to " + Words.column(high);
  }

  /** A verdict with what was measured drawn against what it was held to. */
  public static Html verdict(Verdict verdict) {
    boolean accepted = verdict instanceof Verdict.Accepted;
    boolean blocks = verdict.severity() == GateSpec.Severity.BLOCK;
    String tone = accepted ? "good" : blocks ? "bad" : "warn";
    String word = accepted ? "accepted" : blocks ? "rejected" : "warning";
    return Html.of(
        "<article class=\"gate\"><header><b>%s</b><span class=\"pill %s\">%s</span></header>"
            + "<p>%s</p>%s</article>",
        verdict.gate(),
        tone,
        word,
        verdict.sentence(),
        scale(verdict.observation(), verdict.threshold(), accepted ? "ok" : blocks ? "no" : "may"));
  }

  /** The interval as a bar, the estimate as a dot, the threshold as a tick. */
  private static Html scale(@Nullable Metric seen, @Nullable Double threshold, String tone) {
    if (seen == null) {
      return Html.NONE;
    }
    double low = seen.low() == null ? seen.value() : seen.low();
    double high = seen.high() == null ? seen.value() : seen.high();
    double least = Math.min(low, threshold == null ? low : threshold);
    double most = Math.max(high, threshold == null ? high : threshold);
    double margin = most > least ? (most - least) * 0.12 : Math.max(1e-9, Math.abs(most) * 0.1);
    double from = least - margin;
    double width = most + margin - from;
    String span =
        low < high
            ? "<i class=\"span\" style=\"left:%s;width:%s\"></i>"
                .formatted(share((low - from) / width), share((high - low) / width))
            : "";
    Html mark =
        threshold == null
            ? Html.NONE
            : Html.of(
                "<i class=\"mark\" style=\"left:%s\"></i><span style=\"%s\">bound %s</span>",
                share((threshold - from) / width),
                anchored((threshold - from) / width),
                Words.number(threshold));
    double at = (seen.value() - from) / width;
    boolean crowded = threshold != null && Math.abs((threshold - seen.value()) / width) < 0.28;
    Html label =
        crowded
            ? Html.NONE
            : Html.of("<span style=\"%s\">%s</span>", anchored(at), Words.number(seen.value()));
    return Html.of(
        "<div class=\"scale %s\" role=\"img\" aria-label=\"%s\"><i class=\"axis\"></i>%s%s"
            + "<i class=\"dot\" style=\"left:%s\"></i>%s</div>",
        tone,
        withInterval(seen) + (threshold == null ? "" : ", bound " + Words.number(threshold)),
        new Html(span),
        mark,
        share(at),
        label);
  }

  /** Keeps a label inside the scale. */
  private static String anchored(double at) {
    return at > 0.5
        ? "right:" + share(1 - at) + ";transform:translateX(" + (at > 0.9 ? "0" : "50%") + ")"
        : "left:" + share(at) + ";transform:translateX(" + (at < 0.1 ? "0" : "-50%") + ")";
  }

  /** Share of the width for a style. */
  public static String share(double value) {
    return String.format(Locale.ROOT, "%.2f%%", 100 * Math.clamp(value, 0, 1));
  }
}
