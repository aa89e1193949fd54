package io.millrace.activities.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlatformTest {
  @TempDir Path driver;

  @Test
  void gpu_isTheModelOfTheFirst_andNoneWithoutADriver() throws Exception {
    assertThat(Platform.gpu(driver.resolve("none"))).isNull();
    assertThat(Platform.gpu(driver)).isNull();
    for (int bus = 1; bus <= 2; bus++) {
      Path folder = Files.createDirectory(driver.resolve("0000:0" + bus + ":00.0"));
      Files.writeString(
          folder.resolve("information"),
          "Model: \t\t NVIDIA A10G\nIRQ:   \t\t 1" + bus + "\nGPU UUID: \t GPU-7\n");
    }
    assertThat(Platform.gpu(driver)).isEqualTo("NVIDIA A10G");
  }
}
