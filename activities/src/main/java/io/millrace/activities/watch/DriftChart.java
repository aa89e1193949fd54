package io.millrace.activities.watch;

import io.millrace.activities.page.Html;
import io.millrace.inference.profile.CategoryProfile;
import io.millrace.inference.profile.ColumnProfile;
import io.millrace.inference.profile.NumberProfile;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** A small inline SVG of a column: the reference filled, the window as a line or a second bar. */
final class DriftChart {
  private static final int WIDTH = 300;
  private static final int HEIGHT = 64;
  private static final int BINS = 30;
  private static final int LEVELS = 8;

  private DriftChart() {}

  /** Empty when there is nothing to draw. */
  static String of(ColumnProfile reference, @Nullable ColumnProfile current) {
    if (reference instanceof NumberProfile a
        && current instanceof NumberProfile b
        && a.count() > 0
        && b.count() > 0) {
      return numbers(a, b);
    }
    if (reference instanceof CategoryProfile a
        && current instanceof CategoryProfile b
        && a.count() > 0
        && b.count() > 0) {
      return categories(CategoryBins.of(a, b));
    }
    return "";
  }

  private static String numbers(NumberProfile a, NumberProfile b) {
    // a far outlier must not squeeze everything else into one bar
    double low = Math.min(a.quantile(0.005), b.quantile(0.005));
    double high = Math.max(a.quantile(0.995), b.quantile(0.995));
    if (!(high > low)) {
      low -= 0.5;
      high += 0.5;
    }
    double[] cuts = new double[BINS - 1];
    for (int i = 1; i < BINS; i++) {
      cuts[i - 1] = low + (high - low) * i / BINS;
    }
    double[] before = StabilityIndex.shares(cuts, x -> a.cdf(Math.nextDown(x)));
    double[] now = StabilityIndex.shares(cuts, x -> b.cdf(Math.nextDown(x)));
    double top = Math.max(max(before), max(now));
    double step = (double) WIDTH / BINS;
    StringBuilder bars = new StringBuilder();
    StringBuilder line = new StringBuilder("M0 " + HEIGHT);
    for (int i = 0; i < BINS; i++) {
      double y = HEIGHT - HEIGHT * before[i] / top;
      bars.append(
          "<rect class=\"ref\" x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\"/>"
              .formatted(n(i * step), n(y), n(step - 0.6), n(HEIGHT - y)));
      String level = n(HEIGHT - HEIGHT * now[i] / top);
      line.append("V").append(level).append("H").append(n((i + 1) * step));
    }
    line.append("V").append(HEIGHT);
    return open(HEIGHT + 14)
        + bars
        + "<path class=\"cur\" d=\""
        + line
        + "\"/>"
        + text(0, HEIGHT + 12, "start", Numbers.shortly(low))
        + text(WIDTH, HEIGHT + 12, "end", Numbers.shortly(high))
        + "</svg>";
  }

  private static String categories(CategoryBins bins) {
    double n = Arrays.stream(bins.reference()).sum();
    double m = Arrays.stream(bins.current()).sum();
    List<Integer> shown =
        IntStream.range(0, bins.labels().size())
            .filter(i -> bins.reference()[i] + bins.current()[i] > 0)
            .boxed()
            .sorted(
                Comparator.comparingDouble(
                    i -> -Math.max(bins.reference()[i] / n, bins.current()[i] / m)))
            .limit(LEVELS)
            .toList();
    double top =
        shown.stream()
            .mapToDouble(i -> Math.max(bins.reference()[i] / n, bins.current()[i] / m))
            .max()
            .orElse(1);
    int left = 96;
    double width = WIDTH - left - 34;
    StringBuilder rows = new StringBuilder();
    int y = 0;
    for (int i : shown) {
      String label = bins.labels().get(i);
      double before = bins.reference()[i] / n;
      double now = bins.current()[i] / m;
      rows.append(text(left - 5, y + 11, "end", label.length() > 15 ? cut(label) : label))
          .append(bar("ref", left, y + 2, before / top * width))
          .append(bar("cur-bar", left, y + 8, now / top * width))
          .append(
              text(
                  left + Math.max(before, now) / top * width + 4,
                  y + 12,
                  "start",
                  Math.round(100 * now) + " %"));
      y += 18;
    }
    return open(y) + rows + "</svg>";
  }

  private static String cut(String label) {
    return label.substring(0, 14) + "…";
  }

  private static String bar(String kind, double x, double y, double width) {
    return "<rect class=\"%s\" x=\"%s\" y=\"%s\" width=\"%s\" height=\"5\"/>"
        .formatted(kind, n(x), n(y), n(Math.max(0.5, width)));
  }

  private static String text(double x, double y, String anchor, String text) {
    return Html.of("<text x=\"%s\" y=\"%s\" text-anchor=\"%s\">%s</text>", n(x), n(y), anchor, text)
        .markup();
  }

  private static String open(int height) {
    return "<svg viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\">"
        .formatted(WIDTH, height, WIDTH, height);
  }

  private static double max(double[] values) {
    return Math.max(1e-9, Arrays.stream(values).max().orElse(1));
  }

  private static String n(double x) {
    return String.format(Locale.ROOT, "%.1f", x);
  }
}
