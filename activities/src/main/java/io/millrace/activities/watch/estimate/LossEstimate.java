package io.millrace.activities.watch.estimate;

import io.millrace.activities.dataset.Table;
import io.millrace.activities.watch.Numbers;
import io.millrace.activities.watch.multivariate.BoostedTrees;
import io.millrace.activities.watch.multivariate.RowEncoder;
import io.millrace.workflows.port.watch.WatchActivities.Estimate;
import io.millrace.workflows.ref.Metric;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Direct loss estimation (DLE, NannyML) of the mean absolute error: {@link BoostedTrees} learn from
 * half of the held-out rows how far the model is off, by the row and its answer; the mean of what
 * they say of a window's rows is the error to expect.
 *
 * <p>The other half says how well that works: the learned mean must be within three standard errors
 * of the true one, and so must it in each quarter of the rows by expected error, or within a
 * quarter of the true value. The interval is three standard errors to either side, of the sum of
 * two variances: the unexplained part's over the window's rows, and over the checked half's.
 *
 * <p>As with every estimate without labels, equal rows must still have equal outcomes. Immutable.
 */
public final class LossEstimate {
  /** The metric's name. */
  public static final String MAE = "mae";

  private static final double ERRORS = 3;
  private static final int LEAST_ROWS = 500;
  private static final int LEAST_WINDOW = 200;
  private static final int GROUPS = 4;
  private static final double APART = 0.25;

  private final @Nullable RowEncoder encoder;
  private final @Nullable BoostedTrees trees;
  private final double unexplained;
  private final int checked;
  private final @Nullable String problem;

  private LossEstimate(
      @Nullable RowEncoder encoder,
      @Nullable BoostedTrees trees,
      double unexplained,
      int checked,
      @Nullable String problem) {
    this.encoder = encoder;
    this.trees = trees;
    this.unexplained = unexplained;
    this.checked = checked;
    this.problem = problem;
  }

  /**
   * Learns from rows that the model was not trained on.
   *
   * @param rows the model's columns
   * @param answers of the model, one for each row
   * @param truth what came true
   */
  public static LossEstimate fit(Table rows, double[] answers, double[] truth) {
    if (rows.rows() < LEAST_ROWS) {
      String few =
          "%s held-out rows (at least %s are needed)"
              .formatted(Numbers.count(rows.rows()), Numbers.count(LEAST_ROWS));
      return new LossEstimate(null, null, 0, 0, few);
    }
    RowEncoder encoder = RowEncoder.fit(rows);
    double[][] encoded = with(encoder.encode(rows), answers);
    int half = rows.rows() / 2;
    double[][] learn = new double[rows.rows() - half][];
    double[] losses = new double[learn.length];
    double[][] check = new double[half][];
    double[] came = new double[half];
    for (int row = 0; row < rows.rows(); row++) {
      double loss = Math.abs(truth[row] - answers[row]);
      if (row % 2 == 0) {
        learn[row / 2] = encoded[row];
        losses[row / 2] = loss;
      } else {
        check[row / 2] = encoded[row];
        came[row / 2] = loss;
      }
    }
    BoostedTrees trees = BoostedTrees.fit(learn, losses, BoostedTrees.Loss.SQUARED);
    double[] expected = Arrays.stream(check).mapToDouble(trees::predict).toArray();
    double squares = 0;
    for (int i = 0; i < half; i++) {
      squares += (came[i] - expected[i]) * (came[i] - expected[i]);
    }
    return new LossEstimate(
        encoder, trees, squares / half, half, unlike(expected, came).orElse(null));
  }

  private static Optional<String> unlike(double[] expected, double[] came) {
    int[] order = Isotonic.order(expected);
    if (apart(expected, came, order, 0, order.length, 0)) {
      return Optional.of("the expected error is not the true one on held-out rows");
    }
    for (int group = 0; group < GROUPS; group++) {
      int from = (int) ((long) group * order.length / GROUPS);
      int to = (int) ((long) (group + 1) * order.length / GROUPS);
      if (apart(expected, came, order, from, to, APART)) {
        return Optional.of(
            ("what rows are hard is not learned: quarter %d of the held-out rows by expected"
                    + " error is off by more than a quarter")
                .formatted(group + 1));
      }
    }
    return Optional.empty();
  }

  private static boolean apart(
      double[] expected, double[] came, int[] order, int from, int to, double allowed) {
    double sum = 0;
    double squares = 0;
    double truth = 0;
    for (int k = from; k < to; k++) {
      double difference = expected[order[k]] - came[order[k]];
      sum += difference;
      squares += difference * difference;
      truth += came[order[k]];
    }
    double n = to - from;
    double error = Math.sqrt(Math.max(0, squares / n - sum / n * sum / n) / n);
    return Math.abs(sum / n) > Math.max(ERRORS * error, allowed * truth / n);
  }

  /**
   * Mean absolute error in a window.
   *
   * @param rows of the window, a sample
   * @param answers one for each row
   * @param windowRows how many rows the window has
   * @param uncovered why the window's rows are none that the reference has; empty when they are
   */
  public Estimate of(Table rows, double[] answers, long windowRows, Optional<String> uncovered) {
    String reason = problem;
    if (reason == null && rows.rows() < LEAST_WINDOW) {
      reason =
          "%s rows in the window (at least %s are needed)"
              .formatted(Numbers.count(rows.rows()), Numbers.count(LEAST_WINDOW));
    }
    if (encoder == null || trees == null || rows.rows() == 0) {
      return new Estimate(null, false, "mae cannot be estimated: " + reason + ".");
    }
    double sum = 0;
    double squares = 0;
    for (double[] row : with(encoder.encode(rows), answers)) {
      double loss = Math.max(0, trees.predict(row));
      sum += loss;
      squares += loss * loss;
    }
    double n = rows.rows();
    double value = sum / n;
    // of rows that were not looked at, and of what comes true
    double sampled = n < windowRows ? Math.max(0, squares / n - value * value) / n : 0;
    double error =
        ERRORS * Math.sqrt(sampled + unexplained / Math.max(n, windowRows) + unexplained / checked);
    Metric metric = new Metric(MAE, value, Math.max(0, value - error), value + error, windowRows);
    String sentence =
        "estimated mae %s ± %s without labels"
            .formatted(Numbers.shortly(value), Numbers.shortly(error));
    reason = reason == null ? uncovered.orElse(null) : reason;
    return reason == null
        ? new Estimate(metric, true, sentence + ".")
        : new Estimate(metric, false, sentence + ", not trustworthy: " + reason + ".");
  }

  private static double[][] with(double[][] rows, double[] answers) {
    double[][] both = new double[rows.length][];
    for (int row = 0; row < rows.length; row++) {
      both[row] = Arrays.copyOf(rows[row], rows[row].length + 1);
      both[row][rows[row].length] = answers[row];
    }
    return both;
  }
}
