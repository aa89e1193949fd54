package io.millrace.activities.watch.multivariate;

import io.millrace.activities.dataset.Table;
import io.millrace.activities.metrics.RocAuc;
import io.millrace.activities.watch.Numbers;
import io.millrace.workflows.port.watch.WatchActivities.MultivariateVerdict;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.commons.math3.special.Erf;

/**
 * Compares a bounded sample of a window's rows with rows of the reference that no model saw.
 *
 * <p>{@code pca}: the {@linkplain PrincipalComponents reconstruction error} of components that half
 * of the reference made, of the window's rows against the other half's. The effect is Cohen's d
 * (the difference of the means over the reference's deviation), the p-value Welch's two-sided test
 * by its normal limit.
 *
 * <p>{@code classifier}: {@link BoostedTrees} learn to tell the window's rows from the reference's
 * on half of both and are asked about the other half, in turn. The effect is the ROC AUC of those
 * answers (.5: cannot be told apart), the p-value one-sided by Mann and Whitney's variance {@code
 * (n + m + 1) / (12 n m)}. Lopez-Paz and Oquab 2017, Revisiting classifier two-sample tests.
 */
public final class MultivariateDrift {
  /** AUC from which the window counts as another population; NannyML's is .65. */
  public static final double LEAST_AUC = 0.6;

  /** Rows of a side that are looked at. */
  public static final int ROWS = 5_000;

  /** Fewer rows of a side say nothing of so many columns. */
  static final int LEAST_ROWS = 200;

  /** The eigenvectors of more columns are no longer found at once. */
  private static final int COLUMNS = 200;

  private static final int NAMED = 3;

  private MultivariateDrift() {}

  /**
   * Both verdicts; none when a side has fewer than 200 rows, or there are fewer than two or more
   * than 200 columns that vary.
   *
   * @param reference held-out rows, at most {@link #ROWS}
   * @param window rows of the same columns, at most {@link #ROWS}
   * @param effect least Cohen's d that counts
   * @param level p-value up to which a difference counts
   */
  public static List<MultivariateVerdict> verdicts(
      Table reference, Table window, double effect, double level) {
    if (reference.rows() < LEAST_ROWS || window.rows() < LEAST_ROWS) {
      return List.of();
    }
    RowEncoder encoder = RowEncoder.fit(reference);
    int width = encoder.names().size();
    if (width < 2 || width > COLUMNS) {
      return List.of();
    }
    double[][] before = encoder.encode(reference);
    double[][] now = encoder.encode(window);
    return List.of(
        reconstruction(before, now, effect, level),
        classifier(encoder.names(), before, now, level));
  }

  private static MultivariateVerdict reconstruction(
      double[][] before, double[][] now, double effect, double level) {
    // rows of a dataset may be in an order: every second one, not the first half
    PrincipalComponents components = PrincipalComponents.fit(half(before, 0));
    double[] known = Arrays.stream(half(before, 1)).mapToDouble(components::error).toArray();
    double[] seen = Arrays.stream(now).mapToDouble(components::error).toArray();
    double difference = mean(seen) - mean(known);
    double spread = Math.sqrt(variance(known));
    double d = spread > 0 ? Math.abs(difference) / spread : difference == 0 ? 0 : 1;
    double error = Math.sqrt(variance(known) / known.length + variance(seen) / seen.length);
    double p = error > 0 ? Erf.erfc(Math.abs(difference) / error / Math.sqrt(2)) : 1;
    boolean drifted = p <= level && d >= effect;
    String sentence =
        ("How the columns hang together %s: rows rebuilt from %d components are off by %s,"
                + " before by %s (d %s, threshold %s; %s; %s rows against %s).")
            .formatted(
                drifted ? "has changed" : "is as it was",
                components.size(),
                Numbers.shortly(mean(seen)),
                Numbers.shortly(mean(known)),
                Numbers.shortly(d),
                Numbers.shortly(effect),
                Numbers.p(p),
                Numbers.count(seen.length),
                Numbers.count(known.length));
    return new MultivariateVerdict(
        "pca", d, effect, p, seen.length, known.length, drifted, sentence);
  }

  private static MultivariateVerdict classifier(
      List<String> names, double[][] before, double[][] now, double level) {
    double[] labels = new double[before.length + now.length];
    float[] scores = new float[labels.length];
    double[] gains = new double[names.size()];
    for (int fold = 0; fold < 2; fold++) {
      double[][] learned = joined(half(before, fold), half(now, fold));
      double[] target = new double[learned.length];
      Arrays.fill(target, half(before, fold).length, target.length, 1);
      BoostedTrees trees = BoostedTrees.fit(learned, target, BoostedTrees.Loss.LOGISTIC);
      double[] found = trees.gains();
      Arrays.setAll(gains, i -> gains[i] + found[i]);
      for (int row = 1 - fold; row < before.length; row += 2) {
        scores[row] = (float) trees.predict(before[row]);
      }
      for (int row = 1 - fold; row < now.length; row += 2) {
        scores[before.length + row] = (float) trees.predict(now[row]);
      }
    }
    Arrays.fill(labels, before.length, labels.length, 1);
    double auc = RocAuc.of(labels, scores);
    double n = before.length;
    double m = now.length;
    double p = 0.5 * Erf.erfc((auc - 0.5) / Math.sqrt((n + m + 1) / (12 * n * m)) / Math.sqrt(2));
    boolean drifted = p <= level && auc >= LEAST_AUC;
    String sentence =
        ("A classifier %s the window's rows from the reference's: ROC AUC %s, threshold %s"
                + " (%s; %s rows against %s)%s.")
            .formatted(
                drifted ? "tells" : "cannot tell",
                Numbers.shortly(auc),
                Numbers.shortly(LEAST_AUC),
                Numbers.p(p),
                Numbers.count(now.length),
                Numbers.count(before.length),
                drifted ? "; mostly by " + String.join(", ", greatest(names, gains)) : "");
    return new MultivariateVerdict(
        "classifier", auc, LEAST_AUC, p, now.length, before.length, drifted, sentence);
  }

  private static List<String> greatest(List<String> names, double[] gains) {
    return IntStream.range(0, gains.length)
        .boxed()
        .filter(i -> gains[i] > 0)
        .sorted((a, b) -> Double.compare(gains[b], gains[a]))
        .limit(NAMED)
        .map(names::get)
        .toList();
  }

  private static double[][] half(double[][] rows, int odd) {
    List<double[]> half = new ArrayList<>();
    for (int row = odd; row < rows.length; row += 2) {
      half.add(rows[row]);
    }
    return half.toArray(double[][]::new);
  }

  private static double[][] joined(double[][] a, double[][] b) {
    double[][] both = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, both, a.length, b.length);
    return both;
  }

  private static double mean(double[] values) {
    return Arrays.stream(values).average().orElse(0);
  }

  private static double variance(double[] values) {
    double mean = mean(values);
    return Arrays.stream(values).map(x -> (x - mean) * (x - mean)).sum()
        / Math.max(1, values.length - 1);
  }
}
