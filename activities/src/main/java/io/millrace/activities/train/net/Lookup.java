package io.millrace.activities.train.net;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;
import ai.djl.nn.core.Embedding;

/** Rows of learned tables, found by the input of an {@code Encoding.Index}. */
final class Lookup {
  private Lookup() {}

  /**
   * Positions in a column of inputs.
   *
   * @param x {@code (rows, inputs) float32}
   * @param positions of the encoding, the last but one that of other values
   * @param unseen while training, the chance of a row to count as another value, so that the row of
   *     those is trained; 0 when the model scores
   * @return {@code (rows) int64}
   */
  static NDArray positions(NDArray x, int column, int positions, double unseen) {
    long rows = x.getShape().get(0);
    NDArray own = columns(x, column, 1).reshape(rows).toType(DataType.INT64, true);
    if (unseen == 0) {
      return own;
    }
    NDArray drawn = x.getManager().randomUniform(0, 1, new Shape(rows), DataType.FLOAT32);
    NDArray dropped = HostNumber.given(drawn::lt, (float) unseen).toType(DataType.INT64, true);
    return own.add(dropped.mul(HostNumber.given(own.neg()::add, positions - 2L)));
  }

  /** {@code (rows, count)} of the inputs, a view. */
  static NDArray columns(NDArray x, int from, int count) {
    return x.get(new NDIndex().addAllDim().addSliceDim(from, from + count));
  }

  /**
   * @param positions {@code (rows) int64}
   * @param table {@code (positions, dimension) float32}
   * @return {@code (rows, dimension) float32}
   */
  static NDArray rows(NDArray positions, NDArray table) {
    return Embedding.embedding(positions, table, SparseFormat.DENSE).head();
  }
}
