package io.millrace.activities.gate;

import io.millrace.activities.metrics.Beside;
import io.millrace.workflows.spec.Task;

/**
 * A model's scores on rows whose labels are known. Arrays are not copied: do not change them.
 *
 * @param labels {@code (rows)}: 0 or 1 (binary), class index (multiclass), value (regression)
 * @param scores {@code (rows, outputs)} row-major: probability of the positive class (binary, one
 *     output), of each class (multiclass), the value (regression, one output)
 * @param threshold a binary score at or above it counts as positive
 * @param beside what ranking and forecast metrics look at
 */
@SuppressWarnings("ArrayRecordComponent") // a bulk carrier inside this package, never compared
record Scored(
    Task task, double[] labels, float[] scores, int outputs, double threshold, Beside beside) {
  Scored {
    if (outputs < 1 || scores.length != labels.length * outputs) {
      throw new IllegalArgumentException(
          "scores: " + scores.length + " (expected: " + labels.length + " x " + outputs + ")");
    }
  }

  /** Rows with nothing beside. */
  Scored(Task task, double[] labels, float[] scores, int outputs, double threshold) {
    this(task, labels, scores, outputs, threshold, Beside.NOTHING);
  }

  int rows() {
    return labels.length;
  }

  /** Score of the one output, or of the given class. */
  float score(int row, int output) {
    return scores[row * outputs + output];
  }

  /** The rows with these positions, in this order. */
  Scored only(int[] rows) {
    double[] chosen = new double[rows.length];
    float[] values = new float[rows.length * outputs];
    for (int i = 0; i < rows.length; i++) {
      chosen[i] = labels[rows[i]];
      System.arraycopy(scores, rows[i] * outputs, values, i * outputs, outputs);
    }
    return new Scored(task, chosen, values, outputs, threshold, beside.only(rows));
  }

  /** True when every label and score is a finite number. */
  boolean finite() {
    for (double label : labels) {
      if (!Double.isFinite(label)) {
        return false;
      }
    }
    for (float score : scores) {
      if (!Float.isFinite(score)) {
        return false;
      }
    }
    return true;
  }
}
