package io.millrace.activities.watch.estimate;

import io.millrace.activities.watch.Numbers;
import io.millrace.inference.profile.NumberProfile;
import io.millrace.workflows.port.watch.WatchActivities.Estimate;
import io.millrace.workflows.ref.Metric;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Confidence-based performance estimation (CBPE, NannyML): calibrated on rows whose truth is known,
 * a score says how likely its answer is right, and the mean over a window is the accuracy to
 * expect. It reads the window's Profile of scores alone, so it costs the same whatever the traffic.
 *
 * <p>With {@code c} the {@linkplain Isotonic calibrated} probability of the positive class and w
 * the rows that share a score: {@code accuracy = sum w (answered positive ? c : 1 - c) / n}; ROC
 * AUC is the chance that one row drawn with weight {@code w c} scores above one drawn with {@code w
 * (1 - c)}, ties half. Of more than two classes the score is the answered class's, c the chance
 * that it is right, and the accuracy {@code sum w c / n}.
 *
 * <p>The interval is three standard errors to either side, of the sum of three variances: of what
 * comes true given the scores ({@code sum w c (1 - c) / n²}; for the AUC Hanley and McNeil 1982),
 * of the calibration (bootstrap, {@value #RESAMPLES} draws, seeded), and of the sketch's rank
 * error.
 *
 * <p>It cannot see that the world answers differently to equal rows (concept drift). Conditions
 * that can be seen are checked; where one fails the estimate is not trustworthy and says why.
 * Immutable.
 */
public final class ConfidenceEstimate {
  private static final int RESAMPLES = 30;
  private static final double ERRORS = 3;
  private static final int LEAST_ROWS = 500;
  private static final int LEAST_OF_CLASS = 50;
  private static final int LEAST_WINDOW = 200;

  /** Calibration error on rows it was not learned on, from which it is not believed. */
  private static final double MISCALIBRATED = 0.03;

  /** Groups of equal size that the calibration error is measured over. */
  private static final int GROUPS = 10;

  /** Share of the window's scores that may lie where the reference has few. */
  private static final double THIN = 0.05;

  private static final int SCORE_BINS = 20;
  private static final int LEAST_IN_BIN = 20;
  private final double threshold;
  private final List<Isotonic> calibrations;
  private final double[] known;
  private final @Nullable String problem;

  private ConfidenceEstimate(
      double threshold, List<Isotonic> calibrations, double[] known, @Nullable String problem) {
    this.threshold = threshold;
    this.calibrations = calibrations;
    this.known = known;
    this.problem = problem;
  }

  /**
   * Learns from rows that the model was not trained on.
   *
   * @param scores probability of the positive class, or of the answered one
   * @param truth 1 where the row is positive, or the answer was right; else 0
   * @param threshold from which the answer is positive; NaN for the answered class's probability
   */
  public static ConfidenceEstimate fit(double[] scores, double[] truth, double threshold) {
    double positives = Arrays.stream(truth).sum();
    double rarer = Math.min(positives, truth.length - positives);
    double[] sorted = scores.clone();
    Arrays.sort(sorted);
    if (scores.length < LEAST_ROWS || rarer < LEAST_OF_CLASS) {
      String problem =
          "%s held-out rows, %s of the rarer outcome (at least %s and %s are needed)"
              .formatted(
                  Numbers.count(scores.length),
                  Numbers.count((long) rarer),
                  Numbers.count(LEAST_ROWS),
                  Numbers.count(LEAST_OF_CLASS));
      return new ConfidenceEstimate(threshold, List.of(), sorted, problem);
    }
    int[] order = Isotonic.order(scores);
    int[] once = new int[scores.length];
    Arrays.fill(once, 1);
    List<Isotonic> calibrations = new ArrayList<>();
    calibrations.add(Isotonic.fit(scores, truth, once, order));
    SplittableRandom random = new SplittableRandom(scores.length);
    for (int i = 0; i < RESAMPLES; i++) {
      int[] counts = new int[scores.length];
      for (int draw = 0; draw < scores.length; draw++) {
        counts[random.nextInt(scores.length)]++;
      }
      calibrations.add(Isotonic.fit(scores, truth, counts, order));
    }
    double error = crossed(scores, truth, order);
    String problem =
        error > MISCALIBRATED
            ? "the scores are not calibrated: off by %s on held-out rows (at most %s)"
                .formatted(Numbers.shortly(error), Numbers.shortly(MISCALIBRATED))
            : null;
    return new ConfidenceEstimate(threshold, List.copyOf(calibrations), sorted, problem);
  }

  /**
   * Calibration error of one half's rows under the other half's calibration: rows are grouped by
   * score, and the groups' differences between expected and true shares averaged, as far as they
   * are more than two standard errors.
   */
  private static double crossed(double[] scores, double[] truth, int[] order) {
    double error = 0;
    for (int fold = 0; fold < 2; fold++) {
      int[] counts = new int[scores.length];
      for (int k = fold; k < order.length; k += 2) {
        counts[order[k]] = 1;
      }
      Isotonic learned = Isotonic.fit(scores, truth, counts, order);
      double[] expected = new double[GROUPS];
      double[] came = new double[GROUPS];
      double[] rows = new double[GROUPS];
      for (int k = 1 - fold; k < order.length; k += 2) {
        int group = (int) ((long) k * GROUPS / order.length);
        expected[group] += learned.value(scores[order[k]]);
        came[group] += truth[order[k]];
        rows[group]++;
      }
      for (int group = 0; group < GROUPS; group++) {
        double share = Math.clamp(expected[group] / rows[group], 0, 1);
        // both halves' chance: the learned share is a sample's too
        double chance = 2 * Math.sqrt(2 * share * (1 - share) * rows[group]);
        error += Math.max(0, Math.abs(expected[group] - came[group]) - chance) / scores.length;
      }
    }
    return error;
  }

  /**
   * Accuracy in a window.
   *
   * @param uncovered why the window's rows are none that the reference has; empty when they are
   */
  public Estimate accuracy(NumberProfile scores, Optional<String> uncovered) {
    return estimate("accuracy", scores, uncovered);
  }

  /** ROC AUC in a window, of two classes; {@code uncovered} as for {@link #accuracy}. */
  public Estimate rocAuc(NumberProfile scores, Optional<String> uncovered) {
    return estimate("roc-auc", scores, uncovered);
  }

  private Estimate estimate(String name, NumberProfile scores, Optional<String> uncovered) {
    String reason = reason(scores, uncovered.orElse(null));
    if (calibrations.isEmpty() || scores.count() == 0) {
      return new Estimate(null, false, name + " cannot be estimated: " + reason + ".");
    }
    WeightedScores window = WeightedScores.of(scores, threshold);
    boolean accuracy = name.equals("accuracy");
    double[] values = new double[calibrations.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] =
          accuracy ? window.accuracy(calibrations.get(i)) : window.rocAuc(calibrations.get(i));
    }
    double value = values[0];
    double mean = Arrays.stream(values, 1, values.length).average().orElse(value);
    double learned =
        Arrays.stream(values, 1, values.length).map(x -> (x - mean) * (x - mean)).sum()
            / (values.length - 2);
    double chance =
        accuracy
            ? window.accuracyVariance(calibrations.getFirst())
            : window.rocAucVariance(calibrations.getFirst());
    double sketched = scores.rankError() / ERRORS;
    double error = ERRORS * Math.sqrt(chance + learned + sketched * sketched);
    if (!Double.isFinite(value) || !Double.isFinite(error)) {
      return new Estimate(null, false, name + " cannot be estimated: one class is not expected.");
    }
    Metric metric =
        new Metric(
            name, value, Math.max(0, value - error), Math.min(1, value + error), scores.count());
    String sentence =
        String.format(Locale.ROOT, "estimated %s %.4f ± %.4f without labels", name, value, error);
    return reason == null
        ? new Estimate(metric, true, sentence + ".")
        : new Estimate(metric, false, sentence + ", not trustworthy: " + reason + ".");
  }

  private @Nullable String reason(NumberProfile scores, @Nullable String uncovered) {
    if (problem != null) {
      return problem;
    }
    if (scores.count() < LEAST_WINDOW) {
      return "%s scores in the window (at least %s are needed)"
          .formatted(Numbers.count(scores.count()), Numbers.count(LEAST_WINDOW));
    }
    double thin = thin(scores);
    if (thin > THIN) {
      return "%s of the scores are where the reference has few".formatted(Numbers.percent(thin));
    }
    return uncovered;
  }

  /** Share of the window's scores in twentieths of 0..1 that hold few of the reference's. */
  private double thin(NumberProfile scores) {
    double thin = 0;
    for (int bin = 0; bin < SCORE_BINS; bin++) {
      double low = (double) bin / SCORE_BINS;
      double high = (double) (bin + 1) / SCORE_BINS;
      boolean last = bin == SCORE_BINS - 1;
      int seen = below(last ? Double.POSITIVE_INFINITY : high) - below(low);
      if (seen < LEAST_IN_BIN) {
        double until = last ? 1 : scores.cdf(Math.nextDown(high));
        thin += until - (bin == 0 ? 0 : scores.cdf(Math.nextDown(low)));
      }
    }
    return thin;
  }

  private int below(double x) {
    int low = 0;
    int high = known.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (known[middle] < x) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
