package io.millrace.activities.train.net;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a node needs of its GPU; skipped, and says so, on machines without one. */
class GpuIT {
  @BeforeAll
  static void needsAGpu() throws InterruptedException {
    boolean answers = false;
    try {
      Process process =
          new ProcessBuilder("nvidia-smi", "-L")
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      answers = process.waitFor(20, TimeUnit.SECONDS) && process.exitValue() == 0;
    } catch (IOException e) {
      // no such program
    }
    String reason = "SKIPPED: nvidia-smi does not answer, so there is no GPU to test";
    if (!answers) {
      System.out.println(reason);
    }
    Assumptions.assumeTrue(answers, reason);
  }

  @Test
  void engine_findsTheGpu_andMultipliesAsTheCpuDoes() {
    Engine engine = Engine.getInstance();
    assertThat(engine.getGpuCount())
        .as("GPUs of the engine (expected: natives by PYTORCH_LIBRARY_PATH and PYTORCH_FLAVOR)")
        .isPositive();
    assertThat(engine.defaultDevice().isGpu()).isTrue();
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      NDArray a = manager.arange(0f, 64f * 32f).reshape(64, 32).div(1000);
      NDArray b = manager.arange(0f, 32f * 16f).reshape(32, 16).div(1000);
      float[] there =
          a.toDevice(Device.gpu(0), true)
              .matMul(b.toDevice(Device.gpu(0), true))
              .toDevice(Device.cpu(), true)
              .toFloatArray();
      float[] here = a.matMul(b).toFloatArray();
      for (int i = 0; i < here.length; i++) {
        // TF32 keeps ten bits of the mantissa: 2^-10 of sums up to 32 terms
        assertThat(there[i]).isCloseTo(here[i], org.assertj.core.api.Assertions.within(1e-2f));
      }
    }
  }
}
