package io.millrace.activities.platform;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The machine a process runs on: what decides whether training again gives the same bits.
 *
 * @param os name and version
 * @param arch such as {@code amd64}
 * @param cpu model; null when the system does not tell
 * @param cpuFlags vector instruction sets, ascending; empty when the system does not tell
 * @param java version and vendor
 * @param threads processors the process may use
 * @param gpu model of the first one with a driver; null for none, or when the system does not tell
 */
public record Platform(
    String os,
    String arch,
    @Nullable String cpu,
    List<String> cpuFlags,
    String java,
    int threads,
    @Nullable String gpu) {
  /** Flags that change which kernels the engines choose. */
  private static final Set<String> VECTOR =
      Set.of(
          "sse4_1",
          "sse4_2",
          "avx",
          "avx2",
          "fma",
          "f16c",
          "avx512f",
          "avx512bw",
          "avx512vl",
          "avx512_vnni",
          "avx_vnni",
          "avx512_bf16",
          "amx_bf16",
          "amx_int8",
          "asimd",
          "asimdhp",
          "sve",
          "sve2",
          "bf16",
          "i8mm");

  public Platform {
    cpuFlags = List.copyOf(cpuFlags);
  }

  /** This machine. */
  public static Platform current() {
    List<String> lines = cpuInfo();
    return new Platform(
        System.getProperty("os.name") + " " + System.getProperty("os.version"),
        System.getProperty("os.arch"),
        value(lines, "model name"),
        Stream.of("flags", "Features")
            .map(name -> value(lines, name))
            .filter(flags -> flags != null)
            .flatMap(flags -> Arrays.stream(flags.split(" ")))
            .filter(VECTOR::contains)
            .sorted()
            .toList(),
        System.getProperty("java.version") + " " + System.getProperty("java.vendor"),
        Runtime.getRuntime().availableProcessors(),
        gpu(Path.of("/proc/driver/nvidia/gpus")));
  }

  /**
   * @param driver holds one folder a GPU with what the driver tells of it
   */
  static @Nullable String gpu(Path driver) {
    try (Stream<Path> gpus = Files.list(driver)) {
      Path first = gpus.sorted().findFirst().orElse(null);
      return first == null
          ? null
          : value(Files.readAllLines(first.resolve("information")), "Model");
    } catch (IOException e) {
      return null;
    }
  }

  /** Linux only; elsewhere there is none. */
  private static List<String> cpuInfo() {
    try {
      return Files.readAllLines(Path.of("/proc/cpuinfo"), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return List.of();
    }
  }

  private static @Nullable String value(List<String> lines, String name) {
    for (String line : lines) {
      int colon = line.indexOf(':');
      if (colon > 0 && line.substring(0, colon).strip().equals(name)) {
        return line.substring(colon + 1).strip();
      }
    }
    return null;
  }
}
