package io.millrace.activities.train;

import io.millrace.activities.dataset.DatasetManifest.ColumnInfo;
import io.millrace.activities.dataset.Table;
import io.millrace.inference.model.Encoding;
import io.millrace.inference.model.Feature;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Learns, on the training split only, how each column becomes inputs. The declared type decides:
 * numbers are piecewise linear between quantiles (a column of few distinct values gets an edge at
 * each, which serves integer codes as well as one input per level would), categories are one-hot
 * or, where the {@link EncodingPlan} says so, an index.
 */
final class EncodingLearner {
  private final EncodingPlan plan;

  EncodingLearner(EncodingPlan plan) {
    this.plan = plan;
  }

  /** What was learned of one column. */
  record Learned(Feature feature, Encoding encoding) {}

  Learned learn(ColumnInfo column, Table training) {
    return switch (training.column(column.name())) {
      case Table.Numbers numbers -> numbers(column, numbers.values());
      case Table.Categories categories -> categories(column, categories.values());
    };
  }

  private Learned numbers(ColumnInfo column, double[] values) {
    double[] sorted = finite(values);
    Arrays.sort(sorted);
    boolean missing = Arrays.stream(values).anyMatch(Double::isNaN);
    boolean none = sorted.length == 0;
    Feature feature =
        new Feature(
            column.name(),
            Feature.Kind.NUMBER,
            missing,
            none ? null : sorted[0],
            none ? null : sorted[sorted.length - 1],
            column.allowedMin(),
            column.allowedMax());
    if (plan.raw()) {
      return new Learned(feature, new Encoding.Raw());
    }
    double median = none ? 0 : sorted[(sorted.length - 1) / 2];
    List<Double> edges = edges(sorted);
    if (plan.bins() > 0 && edges.size() >= 2) {
      return new Learned(feature, new Encoding.PiecewiseLinear(edges, median, missing));
    }
    double mean = 0;
    for (double value : sorted) {
      mean += value / sorted.length;
    }
    double square = 0;
    for (double value : sorted) {
      square += (value - mean) * (value - mean) / sorted.length;
    }
    return new Learned(feature, new Encoding.Standard(mean, scale(square), median, missing));
  }

  /** A copy without the others; no stream, whose buffers would be twice the column. */
  private static double[] finite(double[] values) {
    double[] kept = new double[values.length];
    int count = 0;
    for (double value : values) {
      if (Double.isFinite(value)) {
        kept[count++] = value;
      }
    }
    return count == kept.length ? kept : Arrays.copyOf(kept, count);
  }

  private static double scale(double square) {
    return square > 0 && Double.isFinite(square) ? Math.sqrt(square) : 1;
  }

  /** One mean and one scale, those of all values, for every standardised column. */
  static List<Learned> together(List<Learned> apart, Table training) {
    List<double[]> columns =
        apart.stream()
            .filter(learned -> learned.encoding() instanceof Encoding.Standard)
            .map(learned -> training.numbers(learned.feature().name()))
            .toList();
    long count = 0;
    double sum = 0;
    for (double[] column : columns) {
      for (double value : column) {
        if (Double.isFinite(value)) {
          count++;
          sum += value;
        }
      }
    }
    double mean = count == 0 ? 0 : sum / count;
    double square = 0;
    for (double[] column : columns) {
      for (double value : column) {
        square += Double.isFinite(value) ? (value - mean) * (value - mean) / count : 0;
      }
    }
    Encoding shared = new Encoding.Standard(mean, scale(square), mean, false);
    return apart.stream()
        .map(
            learned ->
                learned.encoding() instanceof Encoding.Standard
                    ? new Learned(learned.feature(), shared)
                    : learned)
        .toList();
  }

  /** Every distinct value when there are at most {@code bins + 1}, else quantiles, none twice. */
  private List<Double> edges(double[] sorted) {
    int bins = plan.bins();
    TreeSet<Double> distinct = new TreeSet<>();
    for (double value : sorted) {
      // + 0.0 makes -0 and 0 one value
      distinct.add(value + 0.0);
      if (distinct.size() > bins + 1) {
        break;
      }
    }
    if (distinct.size() <= bins + 1) {
      return new ArrayList<>(distinct);
    }
    TreeSet<Double> quantiles = new TreeSet<>();
    for (int k = 0; k <= bins; k++) {
      quantiles.add(sorted[(int) Math.round((double) k / bins * (sorted.length - 1))] + 0.0);
    }
    return new ArrayList<>(quantiles);
  }

  private Learned categories(ColumnInfo column, @Nullable String[] values) {
    Map<String, Long> counts = new HashMap<>();
    boolean missing = false;
    for (String value : values) {
      if (value == null) {
        missing = true;
      } else {
        counts.merge(value, 1L, Long::sum);
      }
    }
    boolean index = counts.size() > plan.oneHot() || plan.indexed().contains(column.name());
    Stream<String> kept =
        counts.entrySet().stream()
            .sorted(
                Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder())
                    .thenComparing(Map.Entry.comparingByKey()))
            .limit(index ? plan.levels() : EncodingPlan.MOST_ONE_HOT)
            .map(Map.Entry::getKey);
    // for an embedding any order is as good; a split on positions wants like levels side by side
    List<String> levels = index && plan.raw() ? kept.toList() : kept.sorted().toList();
    Feature feature =
        new Feature(column.name(), Feature.Kind.CATEGORY, missing, null, null, null, null);
    return new Learned(feature, index ? new Encoding.Index(levels) : new Encoding.OneHot(levels));
  }
}
