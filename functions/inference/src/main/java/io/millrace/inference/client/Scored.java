package io.millrace.inference.client;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The answer to rows.
 *
 * @param requestId as in the prediction log
 * @param version that answered; null when the server does not know
 * @param predictions one per row, in their order
 */
public record Scored(
    String requestId,
    String model,
    @Nullable Integer version,
    List<Scored.Prediction> predictions) {
  public Scored {
    predictions = List.copyOf(predictions);
  }

  /**
   * The answer for one row.
   *
   * @param label the class; for regression the value as text
   * @param score probability of the positive class (binary) or of the answered class (multiclass),
   *     or the value (regression)
   * @param scores {@code (classes)}, for multiclass; else empty
   */
  public record Prediction(String label, double score, List<Double> scores) {
    public Prediction {
      scores = List.copyOf(scores);
    }
  }
}
