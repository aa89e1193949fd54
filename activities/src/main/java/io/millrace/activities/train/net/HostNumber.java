package io.millrace.activities.train.net;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;
import java.util.function.UnaryOperator;

/**
 * Arithmetic of an array with a number. Left to itself the engine copies each number to the array's
 * device, and a GPU's whole queue of work is waited for at each copy; a number that stays on the
 * host goes along with the operation. Its memory is the engine's own, since a backward pass may
 * still read it after the forward pass has let it go.
 */
final class HostNumber {
  private static final PtNDManager HOST = (PtNDManager) NDManager.newBaseManager(Device.cpu());

  private HostNumber() {}

  /**
   * @param operation such as {@code array::mul}
   * @param number of the type that the operation is to see: integer, long, float or double
   */
  static NDArray given(UnaryOperator<NDArray> operation, Number number) {
    DataType type =
        switch (number) {
          case Integer whole -> DataType.INT32;
          case Long whole -> DataType.INT64;
          case Float real -> DataType.FLOAT32;
          default -> DataType.FLOAT64;
        };
    try (NDArray scalar =
        JniUtils.full(
            HOST, new Shape(), number.doubleValue(), type, Device.cpu(), SparseFormat.DENSE)) {
      return operation.apply(scalar);
    }
  }
}
