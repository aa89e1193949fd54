package io.millrace.activities.train.net;

import ai.djl.ndarray.NDArray;
import java.util.List;

/** The slope of a net's loss by its parameters. Holds no state between batches. */
interface Gradients {
  /**
   * Of one batch, at the parameters' present values.
   *
   * @param x {@code (rows, inputs)}
   * @param y {@code (rows, 1)}
   */
  Batch of(NDArray x, NDArray y);

  /**
   * @param loss mean of the batch, a scalar that the caller closes
   * @param slopes one a parameter, in the net's order and of its shape
   */
  record Batch(NDArray loss, List<NDArray> slopes) implements AutoCloseable {
    /** Frees the slopes, not the loss. */
    @Override
    public void close() {
      slopes.forEach(NDArray::close);
    }
  }
}
