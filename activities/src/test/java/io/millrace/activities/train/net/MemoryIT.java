package io.millrace.activities.train.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.activities.compute.JavaLaunch;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A thousand epochs take no more memory than two hundred. */
class MemoryIT {
  /** One scalar of the engine forgotten at each of the 51,200 steps in between would be more. */
  private static final long KILOBYTES = 4_000;

  @TempDir Path work;

  @ParameterizedTest
  @ValueSource(strings = {"dense", "engine"})
  @EnabledOnOs(value = OS.LINUX, disabledReason = "memory is read from /proc")
  void run_overAThousandEpochs_holdsItsMemory(String kind) throws Exception {
    JavaLaunch launch =
        new JavaLaunch(
            Path.of(System.getProperty("java.home"), "bin", "java"),
            System.getProperty("java.class.path"),
            List.of(
                // all of the heap from the start: what grows then is not it
                "-Xms64m",
                "-Xmx64m",
                "-XX:+AlwaysPreTouch",
                "-XX:+UseSerialGC",
                // nor are the some megabytes that the second compiler takes at its own time
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-Dai.djl.pytorch.num_threads=1",
                "-Dai.djl.pytorch.num_interop_threads=1"),
            Map.of("OMP_NUM_THREADS", "1"),
            work);
    Process process = launch.start(LongTraining.class.getName(), List.of(kind), List.of(), kind);
    assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
    String log = Files.readString(work.resolve(kind + ".log"));
    assertThat(process.exitValue()).as(log).isZero();
    assertThat(kilobytes(log, 1000)).as(log).isLessThan(kilobytes(log, 200) + KILOBYTES);
  }

  private static long kilobytes(String log, int epoch) {
    Matcher matcher = Pattern.compile("epoch " + epoch + " rss (\\d+)").matcher(log);
    assertThat(matcher.find()).as(log).isTrue();
    return Long.parseLong(matcher.group(1));
  }
}
