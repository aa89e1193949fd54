package io.millrace.activities.train.net;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.ArrayList;
import java.util.List;

/**
 * Where each of a net's parameters lies in one flat array: first those that weight decay applies
 * to, which are all but the vectors, then the vectors, each group in the net's order.
 */
final class FlatLayout {
  private final List<Shape> shapes;

  /** Positions in the net's order, as they follow each other in the flat array. */
  private final List<Integer> order = new ArrayList<>();

  private final int[] offsets;
  private final int decaying;
  private final int size;

  FlatLayout(List<Shape> shapes) {
    this.shapes = List.copyOf(shapes);
    offsets = new int[shapes.size()];
    int at = append(0, true);
    decaying = at;
    size = append(at, false);
  }

  private int append(int from, boolean decays) {
    int at = from;
    for (int p = 0; p < offsets.length; p++) {
      if (shapes.get(p).dimension() > 1 == decays) {
        order.add(p);
        offsets[p] = at;
        at = Math.addExact(at, Math.toIntExact(shapes.get(p).size()));
      }
    }
    return at;
  }

  /** Numbers at the front that decay. */
  int decaying() {
    return decaying;
  }

  /** One array of all, copied. */
  float[] joined(float[][] parts) {
    float[] flat = new float[size];
    for (int p = 0; p < offsets.length; p++) {
      System.arraycopy(parts[p], 0, flat, offsets[p], parts[p].length);
    }
    return flat;
  }

  /** The same of arrays of the engine; the caller closes it. */
  PtNDArray joined(List<NDArray> parts) {
    PtNDArray[] lines = new PtNDArray[offsets.length];
    for (int i = 0; i < lines.length; i++) {
      lines[i] = JniUtils.reshape((PtNDArray) parts.get(order.get(i)), new long[] {-1});
    }
    PtNDArray flat = JniUtils.cat(lines, 0);
    for (PtNDArray line : lines) {
      line.close();
    }
    return flat;
  }

  /** One array a parameter, copied. */
  float[][] parted(float[] flat) {
    float[][] parts = new float[offsets.length][];
    for (int p = 0; p < parts.length; p++) {
      parts[p] = new float[Math.toIntExact(shapes.get(p).size())];
      System.arraycopy(flat, offsets[p], parts[p], 0, parts[p].length);
    }
    return parts;
  }

  /** One view a parameter, of its shape: it changes with the flat array. */
  List<NDArray> views(PtNDArray flat) {
    List<NDArray> views = new ArrayList<>();
    for (int p = 0; p < offsets.length; p++) {
      Shape shape = shapes.get(p);
      try (PtNDArray line = JniUtils.slice(flat, 0, offsets[p], offsets[p] + shape.size(), 1)) {
        views.add(JniUtils.reshape(line, shape.getShape()));
      }
    }
    return views;
  }
}
