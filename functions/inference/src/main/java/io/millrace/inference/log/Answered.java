package io.millrace.inference.log;

import io.millrace.inference.runtime.Prediction;
import io.millrace.inference.runtime.Rows;
import java.time.Instant;
import java.util.List;

/**
 * One answered request, on its way to the log. Holds the request's own columns: nothing is copied
 * on the way of an answer.
 *
 * @param requestId as answered
 * @param time when it came
 * @param rows its rows, no longer changed
 * @param predictions one per row
 * @param latencyMicros from the whole request read to the scores, microseconds
 * @param shadow true when nobody was told: it is logged apart
 */
public record Answered(
    String requestId,
    Instant time,
    String model,
    int version,
    Rows rows,
    List<Prediction> predictions,
    long latencyMicros,
    boolean shadow) {
  /** One that the caller was told. */
  public Answered(
      String requestId,
      Instant time,
      String model,
      int version,
      Rows rows,
      List<Prediction> predictions,
      long latencyMicros) {
    this(requestId, time, model, version, rows, predictions, latencyMicros, false);
  }

  /** Where its rows belong: {@code predictions/<model>/<version>/}, or {@code shadow/…}. */
  String folder() {
    return (shadow ? "shadow/" : "predictions/") + model + "/" + version + "/";
  }
}
