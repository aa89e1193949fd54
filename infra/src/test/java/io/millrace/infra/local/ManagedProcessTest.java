package io.millrace.infra.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ManagedProcessTest {
  @TempDir Path folder;

  private ManagedProcess process() {
    return new ManagedProcess("sleeper", folder.resolve("run/sleeper.pid"));
  }

  @AfterEach
  void stop() {
    process().stop(Duration.ofSeconds(5));
  }

  @Test
  void start_thenStop_isSeenByOthersThroughThePidFile() {
    Process handle = process().start(List.of("sleep", "60"), Map.of(), folder.resolve("log"));
    assertThat(process().running()).map(ProcessHandle::pid).contains(handle.pid());
    assertThat(process().stop(Duration.ofSeconds(5))).isTrue();
    assertThat(handle.isAlive()).isFalse();
    assertThat(process().running()).isEmpty();
    assertThat(process().stop(Duration.ofSeconds(5))).isFalse();
  }

  @Test
  void stop_ofAProcessThatIgnoresTheRequest_killsIt() {
    Process handle =
        process()
            .start(
                List.of("sh", "-c", "trap '' TERM; while :; do sleep 0.05; done"),
                Map.of(),
                folder.resolve("log"));
    assertThat(process().stop(Duration.ofMillis(300))).isTrue();
    assertThat(handle.isAlive()).isFalse();
  }

  @Test
  void running_whenThePidNowBelongsToAnotherProcess_isEmpty() throws IOException {
    Files.createDirectories(folder.resolve("run"));
    Files.writeString(folder.resolve("run/sleeper.pid"), ProcessHandle.current().pid() + "@1000");
    assertThat(process().running()).isEmpty();
    Files.writeString(folder.resolve("run/sleeper.pid"), "not a pid");
    assertThat(process().running()).isEmpty();
  }
}
