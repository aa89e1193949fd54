package io.millrace.activities.train.trees;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;

/**
 * One regression tree. Node 0 is the root; a row goes left where {@code input[feature] < value},
 * compared as float32, or where the input is NaN and {@code missingLeft}.
 *
 * @param left {@code (nodes)} index of the left child; -1 for a leaf
 * @param right {@code (nodes)} index of the right child; -1 for a leaf
 * @param feature {@code (nodes)} index into the inputs; 0 for a leaf
 * @param missingLeft {@code (nodes)} where NaN goes
 * @param value {@code (nodes)} the threshold, or what the leaf adds
 */
record Tree(int[] left, int[] right, int[] feature, boolean[] missingLeft, float[] value) {
  /** From XGBoost's JSON of a tree, whose numbers are the shortest that read back exactly. */
  static Tree of(JsonNode json) {
    JsonNode lefts = json.path("left_children");
    int nodes = lefts.size();
    Tree tree =
        new Tree(
            new int[nodes], new int[nodes], new int[nodes], new boolean[nodes], new float[nodes]);
    for (int i = 0; i < nodes; i++) {
      tree.left[i] = lefts.path(i).intValue();
      tree.right[i] = json.path("right_children").path(i).intValue();
      tree.missingLeft[i] = json.path("default_left").path(i).intValue() != 0;
      tree.value[i] = Float.parseFloat(json.path("split_conditions").path(i).asText());
      tree.feature[i] = tree.leaf(i) ? 0 : json.path("split_indices").path(i).intValue();
    }
    return tree;
  }

  int nodes() {
    return left.length;
  }

  boolean leaf(int node) {
    return left[node] < 0;
  }

  /** Whether every number is finite and every index within bounds. */
  boolean sound(int width) {
    for (int i = 0; i < nodes(); i++) {
      if (!Float.isFinite(value[i])) {
        return false;
      }
      // children lie behind their parent, so that a walk ends
      if (!leaf(i)
          && (left[i] <= i
              || right[i] <= i
              || left[i] >= nodes()
              || right[i] >= nodes()
              || feature[i] < 0
              || feature[i] >= width)) {
        return false;
      }
    }
    return nodes() > 0;
  }

  /**
   * Adds the leaves that rows fall into.
   *
   * @param inputs {@code (rows, width)} row-major
   * @param sums {@code (rows, outputs)} row-major; only column {@code output} is changed
   */
  void add(FloatBuffer inputs, int rows, int width, float[] sums, int outputs, int output) {
    int at = 0;
    int to = output;
    for (int row = 0; row < rows; row++, at += width, to += outputs) {
      int node = 0;
      while (left[node] >= 0) {
        float x = inputs.get(at + feature[node]);
        // NaN is less than nothing
        boolean goesLeft = x < value[node] || (missingLeft[node] && Float.isNaN(x));
        node = goesLeft ? left[node] : right[node];
      }
      sums[to] += value[node];
    }
  }

  /** Bytes {@link #write} needs. */
  int size() {
    return 4 + nodes() * 17;
  }

  void write(ByteBuffer out) {
    out.putInt(nodes());
    for (int i = 0; i < nodes(); i++) {
      out.putInt(left[i])
          .putInt(right[i])
          .putInt(feature[i])
          .put((byte) (missingLeft[i] ? 1 : 0))
          .putFloat(value[i]);
    }
  }

  static Tree read(ByteBuffer in) {
    int nodes = in.getInt();
    if (nodes < 1 || nodes > in.remaining() / 17) {
      throw new IllegalArgumentException("nodes: " + nodes + " (expected: as many as follow)");
    }
    Tree tree =
        new Tree(
            new int[nodes], new int[nodes], new int[nodes], new boolean[nodes], new float[nodes]);
    for (int i = 0; i < nodes; i++) {
      tree.left[i] = in.getInt();
      tree.right[i] = in.getInt();
      tree.feature[i] = in.getInt();
      tree.missingLeft[i] = in.get() != 0;
      tree.value[i] = in.getFloat();
    }
    return tree;
  }
}
