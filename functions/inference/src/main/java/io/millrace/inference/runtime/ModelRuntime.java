package io.millrace.inference.runtime;

import io.millrace.inference.model.Encoder;
import io.millrace.inference.model.ManifestJson;
import io.millrace.inference.model.ModelManifest;
import io.millrace.inference.model.PackageContents;
import io.millrace.inference.model.PackageFiles;
import io.millrace.inference.model.PackageInvalid;
import io.millrace.inference.model.SealedManifest;
import io.millrace.inference.onnx.OnnxInvalid;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An opened package: checks rows against its schema, encodes, scores, and names the answer. A row
 * gets the same score, to the last bit, alone and in a batch. Thread-safe; {@link #close} waits for
 * calls under way.
 */
public final class ModelRuntime implements AutoCloseable {
  /**
   * Multiply-adds per row up to which {@link RuntimeChoice#AUTO} takes plain Java. One row is then
   * 2 to 20 times as fast as in ONNX Runtime, which catches up at some hundred thousand; 64 rows at
   * once take up to 3 times as long, at this size 0.1 ms more ({@code infra/bench/runtimes}).
   */
  public static final long JAVA_COST = 16_000;

  /** Beyond this nobody would run it in Java, and its weights would fill a heap. */
  private static final long KINDS_COST = 1_000 * JAVA_COST;

  private final ModelManifest manifest;
  private final String digest;
  private final Schema schema;
  private final Encoder encoder;
  private final Graph graph;

  private ModelRuntime(ModelManifest manifest, String digest, Graph graph) {
    this.manifest = manifest;
    this.digest = digest;
    this.graph = graph;
    schema = new Schema(manifest);
    encoder = new Encoder(manifest);
  }

  /** Opens a package by {@link RuntimeChoice#ofProcess}. */
  public static ModelRuntime open(Path dir) {
    return open(dir, RuntimeChoice.ofProcess());
  }

  /**
   * Opens a package.
   *
   * @param dir holds {@code model.json} and the graph it names
   * @throws PackageInvalid when the manifest breaks a rule, the graph's sha256 is not the
   *     manifest's, or the graph does not take and give what the manifest says, or the chosen
   *     runtime cannot run it
   */
  public static ModelRuntime open(Path dir, RuntimeChoice choice) {
    PackageContents contents = PackageContents.read(dir);
    ModelManifest manifest = ManifestJson.read(contents.bytes(PackageFiles.MANIFEST));
    byte[] bytes = contents.bytes(manifest.graph().file());
    Graph graph = graph(bytes, manifest, choice, () -> contents.verify(manifest.graph()));
    return new ModelRuntime(manifest, contents.digest(), graph);
  }

  /**
   * Opens a package that was read, checked and hashed before, where somebody else watches over its
   * bytes since.
   *
   * @param dir holds the graph
   * @throws PackageInvalid when the chosen runtime cannot run it
   */
  public static ModelRuntime openSealed(Path dir, SealedManifest sealed, RuntimeChoice choice) {
    ModelManifest manifest = sealed.manifest();
    byte[] graph = bytes(dir.resolve(manifest.graph().file()));
    return new ModelRuntime(manifest, sealed.digest(), graph(graph, manifest, choice, () -> {}));
  }

  /**
   * Plain Java reads a graph while its bytes are still being hashed, and waits to be let in.
   *
   * @param verify returns when the bytes are known to be the manifest's
   */
  private static Graph graph(
      byte[] bytes, ModelManifest manifest, RuntimeChoice choice, Runnable verify) {
    if (choice == RuntimeChoice.ONNX) {
      verify.run();
      return onnx(bytes, manifest);
    }
    JavaGraph java;
    try {
      long most = choice == RuntimeChoice.AUTO ? JAVA_COST : Long.MAX_VALUE;
      java = JavaGraph.open(bytes, manifest, most);
    } catch (OnnxInvalid e) {
      verify.run();
      if (choice == RuntimeChoice.AUTO) {
        return onnx(bytes, manifest); // which says what is wrong, if anything is
      }
      throw new PackageInvalid("runtime: java: " + e.getMessage(), e);
    }
    verify.run();
    return java;
  }

  /**
   * The runtimes that a package can be opened with: {@link RuntimeKind#ONNX}, and {@link
   * RuntimeKind#JAVA} where it knows every operator and they are no more than it can hold.
   *
   * @throws PackageInvalid when the manifest breaks a rule
   */
  public static List<RuntimeKind> kinds(Path dir) {
    ModelManifest manifest = ManifestJson.read(bytes(dir.resolve(PackageFiles.MANIFEST)));
    try {
      JavaGraph.open(bytes(dir.resolve(manifest.graph().file())), manifest, KINDS_COST).close();
      return List.of(RuntimeKind.JAVA, RuntimeKind.ONNX);
    } catch (OnnxInvalid e) {
      return List.of(RuntimeKind.ONNX);
    }
  }

  private static Graph onnx(byte[] bytes, ModelManifest manifest) {
    try {
      return OnnxRuntimeGraph.open(bytes, manifest);
    } catch (LinkageError e) {
      throw new PackageInvalid(
          "runtime: onnx (expected: ONNX Runtime on the class path, and a library for this"
              + " machine)",
          e);
    }
  }

  private static byte[] bytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new PackageInvalid(file + ": cannot be read (expected: a file)", e);
    }
  }

  public ModelManifest manifest() {
    return manifest;
  }

  /** {@link PackageFiles#digest} of the folder as it was opened. */
  public String digest() {
    return digest;
  }

  /** What runs the graph. */
  public RuntimeKind kind() {
    return graph.kind();
  }

  public Schema schema() {
    return schema;
  }

  /** Floats per row that {@link #score} gives. */
  public int outputs() {
    return graph.outputs();
  }

  /**
   * Scores columns.
   *
   * @param columns in the manifest's order: {@code double[]} (NaN is missing) or {@code @Nullable
   *     String[]}, each with {@code rows} values or more; not checked against allowed ranges
   * @return {@code (rows, outputs)} float32 row-major
   */
  public float[] score(List<Object> columns, int rows) {
    if (columns.size() != schema.size()) {
      throw new IllegalArgumentException(
          "columns: " + columns.size() + " (expected: " + schema.size() + ")");
    }
    return graph.run(
        rows,
        (from, count, out) -> {
          for (int i = 0; i < columns.size(); i++) {
            Object column = columns.get(i);
            if (column instanceof double[] numbers) {
              encoder.encode(i, numbers, from, count, out);
            } else if (column instanceof @Nullable String[] texts) {
              encoder.encode(i, texts, from, count, out);
            } else {
              throw new IllegalArgumentException(
                  schema.name(i) + ": (expected: double[] or String[])");
            }
          }
        });
  }

  /** Answers one row: field to number, text, boolean or null. @throws RowInvalid */
  public Prediction predict(Map<String, ? extends @Nullable Object> row) {
    return predict(List.of(row)).getFirst();
  }

  /** Answers rows, in their order. @throws RowInvalid with every problem of every row */
  public List<Prediction> predict(List<? extends Map<String, ? extends @Nullable Object>> rows) {
    Rows read = new Rows(schema);
    rows.forEach(read::row);
    return predict(read);
  }

  /** Answers rows that were read into the schema's columns. @throws RowInvalid */
  public List<Prediction> predict(Rows rows) {
    rows.check();
    float[] scores = score(rows.columns(), rows.size());
    List<Prediction> predictions = new ArrayList<>(rows.size());
    for (int row = 0; row < rows.size(); row++) {
      predictions.add(prediction(scores, row));
    }
    return predictions;
  }

  private Prediction prediction(float[] scores, int row) {
    int outputs = graph.outputs();
    float[] own = new float[outputs];
    int best = 0;
    for (int i = 0; i < outputs; i++) {
      own[i] = scores[row * outputs + i];
      if (!Float.isFinite(own[i])) {
        throw new RowInvalid(
            "rows["
                + row
                + "]: scores "
                + own[i]
                + " (expected: finite; a value is too far from what the model was trained on)");
      }
      best = own[i] > own[best] ? i : best;
    }
    List<String> classes = manifest.output().classes();
    return switch (manifest.task()) {
      case "binary" ->
          new Prediction(own, classes.get(own[0] >= manifest.output().threshold() ? 1 : 0), own[0]);
      case "multiclass" -> new Prediction(own, classes.get(best), own[best]);
      default -> new Prediction(own, Float.toString(own[0]), own[0]);
    };
  }

  @Override
  public void close() {
    graph.close();
  }
}
