package io.millrace.activities.compute;

import java.util.List;
import java.util.Map;

/**
 * How a process is told how many native threads its engines may use. They read it when their
 * libraries load, before any code of ours could say it; the number decides the bits of the weights.
 */
public final class EngineThreads {
  private EngineThreads() {}

  /** Added to the process's environment. */
  public static Map<String, String> environment(int threads) {
    String number = Integer.toString(threads);
    return Map.of(
        "OMP_NUM_THREADS",
        number,
        "MKL_NUM_THREADS",
        number,
        "DJL_OFFLINE",
        "true",
        "OPT_OUT_TRACKING",
        "true");
  }

  /** Flags of its JVM. */
  public static List<String> flags(int threads) {
    return List.of(
        "-Dai.djl.pytorch.num_threads=" + threads,
        "-Dai.djl.pytorch.num_interop_threads=1",
        "-Dai.djl.offline=true",
        "-DOPT_OUT_TRACKING=true",
        "--enable-native-access=ALL-UNNAMED");
  }
}
