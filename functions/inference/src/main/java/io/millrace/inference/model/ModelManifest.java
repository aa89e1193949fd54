package io.millrace.inference.model;

import java.util.List;

/**
 * {@code model.json} of a package: everything {@code ModelRuntime} needs to turn a row into an
 * answer. Holds nothing that depends on the run, the node or the time, so equal models have equal
 * digests.
 *
 * @param format 1
 * @param task {@code binary}, {@code multiclass} or {@code regression}
 * @param features in the order of the encoding
 * @param encodings one per feature, in the same order
 * @param width number of float32 inputs of the graph: the encodings' widths together
 * @param graph the scoring graph
 */
public record ModelManifest(
    int format,
    String model,
    String task,
    String family,
    List<Feature> features,
    List<Encoding> encodings,
    int width,
    Graph graph,
    Output output) {
  public ModelManifest {
    features = List.copyOf(features);
    encodings = List.copyOf(encodings);
  }

  /**
   * An ONNX graph: input {@code (N, width) float32}, output {@code (N, classes) float32}
   * probabilities, {@code (N, 1)} for binary (probability of the positive class) and regression
   * (the value, in the target's unit).
   *
   * @param sha256 of the file
   */
  public record Graph(String file, String sha256, String input, String output) {}

  /**
   * @param classes the target's values, as text, index 1 the positive one for binary; empty for
   *     regression
   * @param threshold a binary score at or above it is answered as the positive class
   */
  public record Output(String target, List<String> classes, double threshold) {
    public Output {
      classes = List.copyOf(classes);
    }
  }
}
