package io.millrace.activities.watch.multivariate;

import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.EigenDecomposition;

/**
 * Principal components of standardised rows (Pearson 1901; Hotelling 1933): the fewest directions
 * that hold {@value #KEPT} of the variance. What they cannot rebuild of a row is its reconstruction
 * error; rows whose columns hang together otherwise than the reference's rebuild worse, or better
 * (NannyML's data reconstruction drift).
 */
public final class PrincipalComponents {
  /** Share of the variance that is kept; NannyML's default. */
  static final double KEPT = 0.65;

  private final double[] mean;
  private final double[][] components;

  private PrincipalComponents(double[] mean, double[][] components) {
    this.mean = mean;
    this.components = components;
  }

  /**
   * Learns from rows of equal length.
   *
   * @param rows {@code (rows, columns)}, at least two rows and one column, finite
   */
  public static PrincipalComponents fit(double[][] rows) {
    int width = rows[0].length;
    double[] mean = new double[width];
    for (double[] row : rows) {
      for (int c = 0; c < width; c++) {
        mean[c] += row[c] / rows.length;
      }
    }
    double[][] covariance = new double[width][width];
    for (double[] row : rows) {
      for (int a = 0; a < width; a++) {
        double x = (row[a] - mean[a]) / (rows.length - 1);
        for (int b = 0; b <= a; b++) {
          covariance[a][b] += x * (row[b] - mean[b]);
        }
      }
    }
    double all = 0;
    for (int a = 0; a < width; a++) {
      all += covariance[a][a];
      for (int b = 0; b < a; b++) {
        covariance[b][a] = covariance[a][b];
      }
    }
    // eigenvalues come in descending order
    EigenDecomposition eigen = new EigenDecomposition(new Array2DRowRealMatrix(covariance, false));
    int kept = 0;
    double held = 0;
    while (kept < width && held < KEPT * all) {
      held += eigen.getRealEigenvalue(kept++);
    }
    double[][] components = new double[kept][];
    for (int i = 0; i < kept; i++) {
      components[i] = eigen.getEigenvector(i).toArray();
    }
    return new PrincipalComponents(mean, components);
  }

  /** How many directions are kept. */
  public int size() {
    return components.length;
  }

  /** Euclidean length of what the components cannot rebuild of a row, in standard deviations. */
  public double error(double[] row) {
    double squares = 0;
    double[] centred = new double[row.length];
    for (int c = 0; c < row.length; c++) {
      centred[c] = row[c] - mean[c];
      squares += centred[c] * centred[c];
    }
    // components are orthonormal: what is rebuilt has the length of its coordinates
    for (double[] component : components) {
      double coordinate = 0;
      for (int c = 0; c < row.length; c++) {
        coordinate += component[c] * centred[c];
      }
      squares -= coordinate * coordinate;
    }
    return Math.sqrt(Math.max(0, squares));
  }
}
