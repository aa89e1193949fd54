package io.millrace.inference.runtime;

import static io.millrace.inference.runtime.RowSteps.unknown;

import io.millrace.inference.onnx.OnnxFile;
import io.millrace.inference.onnx.OnnxFile.Attribute;
import io.millrace.inference.onnx.OnnxFile.Node;
import io.millrace.inference.onnx.OnnxFile.Tensor;

/**
 * What a node says beside the values that it takes: constants and attributes. What is not known
 * here is refused.
 */
final class NodeTerms {
  private final OnnxFile file;

  NodeTerms(OnnxFile file) {
    this.file = file;
  }

  Tensor constant(Node node, int i, int dimensions) {
    Tensor constant = file.constants().get(node.inputs().get(i));
    if (constant == null || constant.shape().length != dimensions || constant.size() < 1) {
      throw unknown(
          "input " + i + " of " + node.operator(), "a constant of " + dimensions + " dimensions");
    }
    return constant;
  }

  /** Finite numbers: what is multiplied by 0 is left out, which only finite ones allow. */
  float[] floats(String name) {
    Tensor constant = file.constants().get(name);
    if (constant == null || constant.type() != OnnxFile.FLOAT) {
      throw unknown("value " + name, "a constant of float32");
    }
    for (float number : constant.numbers()) {
      if (!Float.isFinite(number)) {
        throw unknown(name + " holds " + number, "finite numbers");
      }
    }
    return constant.numbers();
  }

  static void whole(Node node, String name, long otherwise, long expected) {
    Attribute found = node.attributes().get(name);
    long value = found == null ? otherwise : found.whole();
    if (value != expected) {
      throw unknown(node.operator() + " with " + name + " " + value, "" + expected);
    }
  }

  /** The last axis of two. */
  static void axis(Node node, long otherwise) {
    Attribute found = node.attributes().get("axis");
    long value = found == null ? otherwise : found.whole();
    if (value != 1 && value != -1) {
      throw unknown(node.operator() + " of axis " + value, "1");
    }
  }

  static void one(Node node, String name) {
    Attribute found = node.attributes().get(name);
    if (found != null && found.number() != 1f) {
      throw unknown("Gemm with " + name + " " + found.number(), "1");
    }
  }
}
