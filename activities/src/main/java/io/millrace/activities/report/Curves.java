package io.millrace.activities.report;

import io.millrace.activities.page.Html;
import io.millrace.activities.page.Words;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** Lines over epochs, as inline SVG that stretches with the page; labels are text of the page. */
final class Curves {
  private static final int WIDTH = 1000;
  private static final int HEIGHT = 300;
  private static final int COLOURS = 6;
  private static final int POINTS = 150;

  private Curves() {}

  /**
   * @param values after epoch 1, 2, …
   * @param best the epoch to mark, 1, 2, …
   */
  record Line(String name, List<Double> values, int best) {}

  /**
   * @param faint lines without a name, behind the others
   */
  static Html html(String title, List<Line> lines, List<List<Double>> faint) {
    double[] all =
        Stream.concat(lines.stream().map(Line::values), faint.stream())
            .flatMap(List::stream)
            .mapToDouble(Double::doubleValue)
            .filter(Double::isFinite)
            .toArray();
    if (all.length == 0) {
      return new Html("<p class=\"muted\">There is no curve.</p>");
    }
    double least = java.util.Arrays.stream(all).min().orElseThrow();
    double most = java.util.Arrays.stream(all).max().orElseThrow();
    int epochs =
        Stream.concat(lines.stream().map(Line::values), faint.stream())
            .mapToInt(List::size)
            .max()
            .orElse(1);
    List<Html> drawn = new ArrayList<>();
    List<Html> key = new ArrayList<>();
    for (List<Double> values : faint) {
      drawn.add(
          Html.of(
              "<polyline class=\"faint\" points=\"%s\"/>", points(values, least, most, epochs)));
    }
    // the first is drawn last: nothing hides the best
    for (int i = lines.size() - 1; i >= 0; i--) {
      drawn.add(line(lines.get(i), colour(i), least, most, epochs));
    }
    for (int i = 0; i < lines.size(); i++) {
      key.add(
          Html.of(
              "<span><i style=\"background:%s\"></i>%s</span>", colour(i), lines.get(i).name()));
    }
    return Html.of(
        "<div class=\"plot\"><div class=\"y\"><span>%s</span><span>%s</span></div><svg viewBox=\"0"
            + " 0 %s %s\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"%s\">%s</svg><div"
            + " class=\"x\"><span>1</span><span>epoch %s</span></div></div><div"
            + " class=\"key\">%s<span class=\"muted\">● best epoch</span>%s</div>",
        Words.number(most),
        Words.number(least),
        WIDTH,
        HEIGHT,
        title,
        Html.all(drawn),
        epochs,
        Html.all(key),
        faint.isEmpty()
            ? Html.NONE
            : Html.of("<span class=\"muted\">– %s more</span>", faint.size()));
  }

  private static String colour(int line) {
    return "var(--c" + line % COLOURS + ")";
  }

  private static Html line(Line line, String colour, double least, double most, int epochs) {
    int best = line.best() - 1;
    Html mark =
        best >= 0 && best < line.values().size() && Double.isFinite(line.values().get(best))
            ? Html.of(
                "<path d=\"M%s h0\" style=\"stroke:%s\" stroke-width=\"9\" stroke-linecap=\"round\""
                    + " vector-effect=\"non-scaling-stroke\"/>",
                point(best, line.values().get(best), least, most, epochs, ' '), colour)
            : Html.NONE;
    return Html.of(
        "<polyline points=\"%s\" style=\"stroke:%s\"/>%s",
        points(line.values(), least, most, epochs), colour, mark);
  }

  /** A line is some thousand pixels wide at most: more points are not seen, only loaded. */
  private static String points(List<Double> values, double least, double most, int epochs) {
    int stride = Math.ceilDiv(Math.max(1, values.size()), POINTS);
    StringBuilder points = new StringBuilder();
    for (int i = 0; i < values.size(); i++) {
      double value = values.get(i);
      if (Double.isFinite(value) && (i % stride == 0 || i == values.size() - 1)) {
        points.append(point(i, value, least, most, epochs, ',')).append(' ');
      }
    }
    return points.toString().strip();
  }

  private static String point(
      int index, double value, double least, double most, int epochs, char between) {
    double x = epochs == 1 ? WIDTH / 2.0 : index * (double) WIDTH / (epochs - 1);
    double y = most == least ? HEIGHT / 2.0 : HEIGHT * (most - value) / (most - least);
    return String.format(Locale.ROOT, "%.1f%c%.1f", x, between, y);
  }
}
