package io.millrace.activities.watch.multivariate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Small gradient-boosted trees (Friedman 2001) with second-order leaves (Chen and Guestrin 2016),
 * for questions about data that have to be answered at a check: histogram splits over at most
 * {@value #BINS} bins, depth {@value #DEPTH}, {@value #ROUNDS} rounds, no sampling. Equal rows give
 * equal trees. Immutable after fitting.
 */
public final class BoostedTrees {
  /** What the trees add up to. */
  public enum Loss {
    /** Squared error: the mean of the target. */
    SQUARED,
    /** Log loss of targets 0 and 1: the log odds. */
    LOGISTIC
  }

  static final int BINS = 32;
  static final int DEPTH = 3;
  static final int ROUNDS = 50;
  private static final double RATE = 0.15;
  private static final double LEAST_ROWS = 20;
  private static final double RIDGE = 1;

  private final Loss loss;
  private final double start;
  private final double[][] edges;
  private final List<Tree> trees = new ArrayList<>();
  private final double[] gains;

  /** A full tree of inner nodes, breadth first; a node without a split goes left. */
  private record Tree(int[] column, int[] bin, double[] leaves) {}

  private record Split(double gain, int column, int bin) {}

  private BoostedTrees(Loss loss, double start, double[][] edges) {
    this.loss = loss;
    this.start = start;
    this.edges = edges;
    this.gains = new double[edges.length];
  }

  /**
   * Fits rows to targets.
   *
   * @param rows {@code (rows, columns)}, finite, at least one row and column
   * @param target one for each row; 0 or 1 for {@link Loss#LOGISTIC}
   */
  public static BoostedTrees fit(double[][] rows, double[] target, Loss loss) {
    int width = rows[0].length;
    double[][] edges = new double[width][];
    byte[][] bins = new byte[width][rows.length];
    for (int c = 0; c < width; c++) {
      double[] values = new double[rows.length];
      for (int row = 0; row < rows.length; row++) {
        values[row] = rows[row][c];
      }
      edges[c] = edges(values);
      for (int row = 0; row < rows.length; row++) {
        bins[c][row] = (byte) bin(edges[c], values[row]);
      }
    }
    double mean = Arrays.stream(target).average().orElse(0);
    double odds = Math.clamp(mean, 1e-6, 1 - 1e-6);
    double start = loss == Loss.SQUARED ? mean : Math.log(odds / (1 - odds));
    BoostedTrees model = new BoostedTrees(loss, start, edges);
    double[] scores = new double[rows.length];
    Arrays.fill(scores, start);
    double[] gradient = new double[rows.length];
    double[] curvature = new double[rows.length];
    for (int round = 0; round < ROUNDS; round++) {
      for (int row = 0; row < rows.length; row++) {
        double p = loss == Loss.SQUARED ? scores[row] : logistic(scores[row]);
        gradient[row] = p - target[row];
        curvature[row] = loss == Loss.SQUARED ? 1 : Math.max(1e-6, p * (1 - p));
      }
      model.grow(bins, gradient, curvature, scores);
    }
    return model;
  }

  /** The target's mean, or the probability of 1. */
  public double predict(double[] row) {
    double score = start;
    for (Tree tree : trees) {
      int node = 0;
      for (int depth = 0; depth < DEPTH; depth++) {
        int column = tree.column[node];
        boolean right = column >= 0 && bin(edges[column], row[column]) > tree.bin[node];
        node = 2 * node + (right ? 2 : 1);
      }
      score += tree.leaves[node - tree.column.length];
    }
    return loss == Loss.SQUARED ? score : logistic(score);
  }

  /** What each column's splits gained, 0 or more, in the order of the columns. */
  public double[] gains() {
    return gains.clone();
  }

  private void grow(byte[][] bins, double[] gradient, double[] curvature, double[] scores) {
    int inner = (1 << DEPTH) - 1;
    int[] column = new int[inner];
    int[] bin = new int[inner];
    Arrays.fill(column, -1);
    int[] at = new int[gradient.length];
    for (int depth = 0; depth < DEPTH; depth++) {
      int first = (1 << depth) - 1;
      int nodes = 1 << depth;
      double[][][] sums = new double[bins.length][nodes][3 * BINS];
      for (int c = 0; c < bins.length; c++) {
        for (int row = 0; row < at.length; row++) {
          double[] sum = sums[c][at[row] - first];
          int place = 3 * bins[c][row];
          sum[place] += gradient[row];
          sum[place + 1] += curvature[row];
          sum[place + 2]++;
        }
      }
      for (int node = 0; node < nodes; node++) {
        Split split = best(sums, node);
        if (split.gain() > 0) {
          column[first + node] = split.column();
          bin[first + node] = split.bin();
          gains[split.column()] += split.gain();
        }
      }
      for (int row = 0; row < at.length; row++) {
        int node = at[row];
        boolean right = column[node] >= 0 && bins[column[node]][row] > bin[node];
        at[row] = 2 * node + (right ? 2 : 1);
      }
    }
    double[] g = new double[inner + 1];
    double[] h = new double[inner + 1];
    for (int row = 0; row < at.length; row++) {
      g[at[row] - inner] += gradient[row];
      h[at[row] - inner] += curvature[row];
    }
    double[] leaves = new double[inner + 1];
    Arrays.setAll(leaves, i -> -RATE * g[i] / (h[i] + RIDGE));
    for (int row = 0; row < at.length; row++) {
      scores[row] += leaves[at[row] - inner];
    }
    trees.add(new Tree(column, bin, leaves));
  }

  private static Split best(double[][][] sums, int node) {
    Split best = new Split(0, -1, 0);
    for (int c = 0; c < sums.length; c++) {
      double[] sum = sums[c][node];
      double g = 0;
      double h = 0;
      double n = 0;
      for (int b = 0; b < BINS; b++) {
        g += sum[3 * b];
        h += sum[3 * b + 1];
        n += sum[3 * b + 2];
      }
      double whole = g * g / (h + RIDGE);
      double gl = 0;
      double hl = 0;
      double nl = 0;
      for (int b = 0; b < BINS - 1; b++) {
        gl += sum[3 * b];
        hl += sum[3 * b + 1];
        nl += sum[3 * b + 2];
        if (nl >= LEAST_ROWS && n - nl >= LEAST_ROWS) {
          double gain = gl * gl / (hl + RIDGE) + (g - gl) * (g - gl) / (h - hl + RIDGE) - whole;
          if (gain > best.gain()) {
            best = new Split(gain, c, b);
          }
        }
      }
    }
    return best;
  }

  private static double[] edges(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    double[] edges = new double[BINS - 1];
    for (int i = 1; i < BINS; i++) {
      edges[i - 1] = sorted[(int) ((long) i * sorted.length / BINS)];
    }
    return Arrays.stream(edges).distinct().toArray();
  }

  /** Values below the first edge are bin 0, an edge itself belongs to the bin above. */
  private static int bin(double[] edges, double value) {
    int at = Arrays.binarySearch(edges, value);
    return at >= 0 ? at + 1 : -at - 1;
  }

  private static double logistic(double x) {
    return 1 / (1 + Math.exp(-x));
  }
}
