package io.millrace.activities.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Encoded rows of one split.
 *
 * @param inputs {@code (rows, width) float32}, row-major, native order, outside the heap
 * @param labels {@code (rows)}: 0/1, the class index, or the value in the target's unit
 */
public record Rows(int rows, int width, ByteBuffer inputs, double[] labels) {
  /** Room for as many rows. */
  public static Rows allocate(int width, double[] labels) {
    ByteBuffer buffer =
        ByteBuffer.allocateDirect(Math.multiplyExact(4, Math.multiplyExact(labels.length, width)))
            .order(ByteOrder.nativeOrder());
    return new Rows(labels.length, width, buffer, labels);
  }

  /** From an array, which is copied. */
  public static Rows of(int width, float[] inputs, double[] labels) {
    Rows rows = allocate(width, labels);
    rows.inputs.asFloatBuffer().put(inputs);
    return rows;
  }

  /** The inputs as an array of the engine, which shares the memory. */
  public NDArray array(NDManager manager) {
    return manager.create(
        inputs.duplicate().order(ByteOrder.nativeOrder()),
        new Shape(rows, width),
        DataType.FLOAT32);
  }
}
