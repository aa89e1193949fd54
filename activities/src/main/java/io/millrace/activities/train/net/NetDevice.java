package io.millrace.activities.train.net;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.engine.StandardCapabilities;
import ai.djl.ndarray.NDArray;
import io.millrace.activities.train.Rows;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where nets are trained: on the first GPU that the process sees, when the engine's natives can use
 * it, else on the processor. A machine of several GPUs runs one trainer for each, which sees only
 * its own.
 */
final class NetDevice {
  private static final Logger LOG = LoggerFactory.getLogger(NetDevice.class);

  /** There when the driver of a GPU is loaded. */
  private static final Path DRIVEN = Path.of("/dev/nvidia0");

  private NetDevice() {}

  /** Chosen once; the first call loads the engine. */
  static Device here() {
    return Chosen.DEVICE;
  }

  private static final class Chosen {
    static final Device DEVICE = choose();
  }

  /**
   * By what the natives say. The engine's own default also asks for a CUDA runtime under the bare
   * name {@code libcudart.so}, which natives for CUDA do not bring along: without one it would
   * train on the processor and say nothing.
   */
  private static Device choose() {
    if (Engine.getInstance().hasCapability(StandardCapabilities.CUDA)) {
      FixedOrder.choose();
      LOG.info("nets are trained on the first GPU");
      return Device.gpu(0);
    }
    if (Files.exists(DRIVEN)) {
      LOG.warn(
          "nets are trained on the processor though {} is there (expected: natives for CUDA by"
              + " PYTORCH_LIBRARY_PATH and PYTORCH_FLAVOR, a driver that is new enough for them)",
          DRIVEN);
    }
    return Device.cpu();
  }

  /**
   * An array's numbers. From a GPU the engine reads through an array on the host, which it leaves
   * to the manager: a run's would pile up until its end, so here it is closed.
   */
  static float[] floats(NDArray array) {
    if (!array.getDevice().isGpu()) {
      return array.toFloatArray();
    }
    try (NDArray host = array.toDevice(Device.cpu(), true)) {
      return host.toFloatArray();
    }
  }

  /** That a GPU's memory is too small, as the failure it is; anything else as it came. */
  static RuntimeException translated(EngineException e, Rows train, int batchSize) {
    if (!String.valueOf(e.getMessage()).contains("out of memory")) {
      return e;
    }
    return Failures.of(
        FailureType.DATA_INVALID,
        e,
        "train: "
            + train.rows()
            + " rows x "
            + train.width()
            + " inputs, "
            + batchSize
            + " at a time, do not fit the GPU's memory (expected: room for the rows twice and for a"
            + " batch in every layer: a larger training.compute.spot.gpu-memory, or fewer rows,"
            + " columns or bins, or a smaller training.batch-size)");
  }
}
