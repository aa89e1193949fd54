package io.millrace.activities.report;

import io.millrace.activities.page.Html;
import io.millrace.activities.page.Words;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a search found: the objective over each hyperparameter that it varied, one small figure
 * each. Numbers that span two decades are drawn on a logarithmic axis, words one beside the other.
 */
final class ParameterFigure {
  /** Fewer say nothing about a parameter. */
  private static final int LEAST = 5;

  private static final int MOST_FIGURES = 12;
  private static final int MOST_WORDS = 12;
  private static final int WIDTH = 240;
  private static final int HEIGHT = 120;
  private static final int EDGE = 6;
  private static final double DECADES = 30;

  private ParameterFigure() {}

  /**
   * A trial that was measured.
   *
   * @param value of the objective
   */
  record Spot(Map<String, Object> parameters, double value, boolean won) {}

  /** Nothing when there were too few trials or they did not differ in a parameter. */
  static Html of(String objective, List<Spot> spots) {
    if (spots.size() < LEAST) {
      return Html.NONE;
    }
    TreeSet<String> names = new TreeSet<>();
    spots.forEach(spot -> names.addAll(spot.parameters().keySet()));
    double least = spots.stream().mapToDouble(Spot::value).min().orElseThrow();
    double most = spots.stream().mapToDouble(Spot::value).max().orElseThrow();
    List<Html> figures = new ArrayList<>();
    for (String name : names) {
      if (figures.size() < MOST_FIGURES) {
        figure(name, objective, spots, least, most, figures);
      }
    }
    return figures.isEmpty()
        ? Html.NONE
        : Html.of(
            "<h3>%s over what was searched</h3><div class=\"many\">%s</div>",
            objective, Html.all(figures));
  }

  private static void figure(
      String name,
      String objective,
      List<Spot> all,
      double least,
      double most,
      List<Html> figures) {
    List<Spot> spots = all.stream().filter(s -> s.parameters().containsKey(name)).toList();
    TreeSet<String> words = new TreeSet<>();
    boolean numbers = true;
    for (Spot spot : spots) {
      Object value = spot.parameters().get(name);
      words.add(String.valueOf(value));
      numbers &= value instanceof Number;
    }
    if (spots.size() < LEAST || words.size() < 2 || (!numbers && words.size() > MOST_WORDS)) {
      return;
    }
    Map<String, Double> at = new TreeMap<>();
    String from;
    String to;
    String note = "";
    if (numbers) {
      double low = spots.stream().mapToDouble(s -> number(s, name)).min().orElseThrow();
      double high = spots.stream().mapToDouble(s -> number(s, name)).max().orElseThrow();
      boolean log = low > 0 && high / low > DECADES;
      note = log ? " (log)" : "";
      for (Spot spot : spots) {
        double x = number(spot, name);
        at.put(
            String.valueOf(spot.parameters().get(name)),
            log
                ? (Math.log(x) - Math.log(low)) / (Math.log(high) - Math.log(low))
                : (x - low) / (high - low));
      }
      from = shown(low);
      to = shown(high);
    } else {
      int i = 0;
      for (String word : words) {
        at.put(word, (double) i++ / (words.size() - 1));
      }
      from = words.first();
      to = words.last();
    }
    List<Html> marks = new ArrayList<>();
    // the winner last, so that nothing hides it
    for (Spot spot : spots.stream().sorted(Comparator.comparing(Spot::won)).toList()) {
      double x = at.getOrDefault(String.valueOf(spot.parameters().get(name)), 0.0);
      double y = most > least ? (most - spot.value()) / (most - least) : 0.5;
      marks.add(
          new Html(
              String.format(
                  Locale.ROOT,
                  "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%s\"%s/>",
                  EDGE + x * (WIDTH - 2 * EDGE),
                  EDGE + y * (HEIGHT - 2 * EDGE),
                  spot.won() ? "5" : "3",
                  spot.won() ? " class=\"best\"" : "")));
    }
    figures.add(
        Html.of(
            "<figure><figcaption>%s%s</figcaption><svg viewBox=\"0 0 %s %s\" role=\"img\""
                + " aria-label=\"%s\">%s</svg><div><span>%s</span><span>%s</span></div></figure>",
            name,
            note,
            WIDTH,
            HEIGHT,
            objective + " over " + name + ", " + Words.number(least) + " to " + Words.number(most),
            Html.all(marks),
            from,
            to));
  }

  private static double number(Spot spot, String name) {
    return ((Number) spot.parameters().getOrDefault(name, 0)).doubleValue();
  }

  /** Small numbers in scientific notation: a learning rate of 0.00003 is no 0. */
  private static String shown(double value) {
    return value != 0 && Math.abs(value) < 1e-3
        ? String.format(Locale.ROOT, "%.1e", value)
        : Words.number(value);
  }
}
