package io.millrace.activities.train.net;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.engine.StandardCapabilities;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.millrace.activities.train.Rows;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class NetDeviceTest {
  @Test
  void here_isAGpu_exactlyWhereTheNativesSeeOne() {
    assertThat(NetDevice.here().isGpu())
        .isEqualTo(Engine.getInstance().hasCapability(StandardCapabilities.CUDA));
  }

  @Test
  @EnabledOnOs(value = OS.LINUX, disabledReason = "GPUs are trained on under Linux")
  void choose_findsTheSwitch_inTheNativesOfThisBuild() {
    NetDevice.here();
    assertThat(FixedOrder.choose()).isTrue();
  }

  @Test
  void floats_areTheArraysNumbers_andLeaveItOpen() {
    try (NDManager manager = NDManager.newBaseManager(NetDevice.here())) {
      NDArray array = manager.create(new float[] {1, 2});
      assertThat(NetDevice.floats(array)).containsExactly(1, 2);
      assertThat(NetDevice.floats(array.add(1))).containsExactly(2, 3);
      assertThat(array.isReleased()).isFalse();
    }
  }

  @Test
  void translated_ofAGpuThatIsFull_isDataInvalid_andAnythingElseIsLeft() {
    Rows rows = Rows.of(2, new float[] {1, 2}, new double[] {0});
    EngineException full = new EngineException("CUDA out of memory. Tried to allocate 20.00 GiB");
    RuntimeException failure = NetDevice.translated(full, rows, 64);
    assertThat(Failures.typeOf(failure)).contains(FailureType.DATA_INVALID);
    assertThat(failure)
        .hasMessageContaining("1 rows x 2 inputs, 64 at a time, do not fit the GPU's memory")
        .hasCause(full);
    EngineException other = new EngineException("shapes differ");
    assertThat(NetDevice.translated(other, rows, 64)).isSameAs(other);
  }
}
