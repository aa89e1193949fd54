package io.millrace.activities.train;

import io.millrace.inference.model.Encoding;
import io.millrace.inference.model.Feature;
import java.util.List;

/**
 * What a family made of a trial: the model of its best epoch, and how it got there.
 *
 * @param features columns the model reads, in the order of its inputs
 * @param encodings one per feature
 * @param graph an ONNX file: {@value #INPUT} {@code (N, width) float32} to {@value #OUTPUT} {@code
 *     (N, outputs) float32}, as {@code ModelManifest.Graph} says. Equal models have equal bytes
 * @param scores {@code (rows, outputs)} of the validation split by the engine that trained; the
 *     graph must agree
 * @param scale what a difference of scores is measured in: 1 for probabilities, the target's
 *     standard deviation for a regression
 * @param epochs passes, or boosting rounds, done
 * @param bestEpoch 1, 2, …; whose model {@code graph} is
 * @param steps updates done
 * @param parameters numbers in the model
 * @param history the objective on the validation split after each epoch
 * @param losses mean training loss of each epoch
 */
public record Fitted(
    List<Feature> features,
    List<Encoding> encodings,
    byte[] graph,
    float[] scores,
    double scale,
    int epochs,
    int bestEpoch,
    long steps,
    long parameters,
    List<Double> history,
    List<Double> losses) {
  /** Name of the graph's input. */
  public static final String INPUT = "input";

  /** Name of the graph's output. */
  public static final String OUTPUT = "output";

  public Fitted {
    features = List.copyOf(features);
    encodings = List.copyOf(encodings);
    history = List.copyOf(history);
    losses = List.copyOf(losses);
  }

  /** Number of float32 inputs: the encodings' widths together. */
  public int width() {
    return encodings.stream().mapToInt(Encoding::width).sum();
  }
}
