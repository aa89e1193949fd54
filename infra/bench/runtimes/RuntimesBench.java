import io.millrace.inference.model.ModelManifest;
import io.millrace.inference.model.RandomPackages;
import io.millrace.inference.runtime.ModelRuntime;
import io.millrace.inference.runtime.RuntimeChoice;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * Microseconds per call of both runtimes on the same packages, encoding included, for 1 and 64
 * rows; the sides alternate. Where plain Java stops paying is ModelRuntime.JAVA_COST.
 */
class RuntimesBench {
  private static final int ROUNDS = 7;

  public static void main(String[] args) throws Exception {
    Path dir = Files.createTempDirectory("runtimes-");
    Map<String, Path> packages = new LinkedHashMap<>();
    packages.put(
        "linear-30", new RandomPackages(1).net(dir.resolve("a"), 30, 0, List.of(), "binary"));
    packages.put(
        "net-30-64-32-1",
        new RandomPackages(1).net(dir.resolve("b"), 30, 0, List.of(64, 32), "binary"));
    packages.put(
        "net-30-128-64-1",
        new RandomPackages(1).net(dir.resolve("c"), 30, 0, List.of(128, 64), "binary"));
    packages.put(
        "net-60-256-128-1",
        new RandomPackages(1).net(dir.resolve("d"), 60, 0, List.of(256, 128), "binary"));
    packages.put(
        "net-100-512-256-1",
        new RandomPackages(1).net(dir.resolve("e"), 100, 0, List.of(512, 256), "binary"));
    packages.put("tables-5x4", new RandomPackages(1).embeddings(dir.resolve("f"), 5, 4, "binary"));
    packages.put(
        "trees-50-depth-4", new RandomPackages(1).trees(dir.resolve("g"), 20, 50, 4, "binary"));
    packages.put(
        "trees-100-depth-6", new RandomPackages(1).trees(dir.resolve("h"), 20, 100, 6, "binary"));
    packages.put(
        "trees-300-depth-6", new RandomPackages(1).trees(dir.resolve("i"), 20, 300, 6, "binary"));
    packages.put(
        "trees-500-depth-8", new RandomPackages(1).trees(dir.resolve("j"), 20, 500, 8, "binary"));
    Map<String, Map<String, Double>> all = new TreeMap<>();
    System.err.printf(
        "%-20s %4s %10s %10s %10s %10s%n",
        "package", "rows", "java p50", "java min", "onnx p50", "onnx min");
    double ours = 0;
    double theirs = 0;
    for (Map.Entry<String, Path> each : packages.entrySet()) {
      try (ModelRuntime java = ModelRuntime.open(each.getValue(), RuntimeChoice.JAVA);
          ModelRuntime onnx = ModelRuntime.open(each.getValue(), RuntimeChoice.ONNX)) {
        for (int rows : new int[] {1, 64}) {
          List<Object> columns = columns(java.manifest(), rows);
          double[] a = new double[ROUNDS];
          double[] b = new double[ROUNDS];
          for (int round = -3; round < ROUNDS; round++) {
            double one = micros(java, columns, rows);
            double two = micros(onnx, columns, rows);
            if (round >= 0) {
              a[round] = one;
              b[round] = two;
            }
          }
          Arrays.sort(a);
          Arrays.sort(b);
          System.err.printf(
              "%-20s %4d %10.2f %10.2f %10.2f %10.2f%n",
              each.getKey(), rows, a[ROUNDS / 2], a[0], b[ROUNDS / 2], b[0]);
          if (each.getKey().equals("net-30-64-32-1") && rows == 1) {
            ours = a[ROUNDS / 2];
            theirs = b[ROUNDS / 2];
          }
        }
      }
    }
    System.out.printf(
        java.util.Locale.ROOT,
        "{\"bench\": \"runtimes\", \"unit\": \"us/row\", \"ours\": %.3f, \"peers\":"
            + " {\"onnxruntime\": %.3f}, \"ratio\": {\"onnxruntime\": %.3f}, \"less_is_better\":"
            + " true, \"runs\": %d}%n",
        ours,
        theirs,
        ours / theirs,
        ROUNDS);
    System.exit(0);
  }

  private static double micros(ModelRuntime runtime, List<Object> columns, int rows) {
    int calls = rows == 1 ? 20_000 : 1_000;
    float sink = 0;
    long from = System.nanoTime();
    for (int i = 0; i < calls; i++) {
      sink += runtime.score(columns, rows)[0];
    }
    long took = System.nanoTime() - from;
    if (Float.isNaN(sink)) {
      throw new IllegalStateException("NaN");
    }
    return took / 1e3 / calls;
  }

  private static List<Object> columns(ModelManifest manifest, int rows) {
    Random random = new Random(3);
    List<Object> columns = new ArrayList<>();
    manifest
        .features()
        .forEach(
            feature -> {
              if (feature.kind() == io.millrace.inference.model.Feature.Kind.NUMBER) {
                columns.add(random.doubles(rows, -2, 2).toArray());
              } else {
                String[] texts = new String[rows];
                Arrays.setAll(texts, i -> "abcde".substring(i % 5, i % 5 + 1));
                columns.add(texts);
              }
            });
    return columns;
  }
}
