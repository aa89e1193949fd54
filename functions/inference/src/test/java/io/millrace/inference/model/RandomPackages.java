package io.millrace.inference.model;

import static io.millrace.inference.model.GraphWriter.attribute;
import static io.millrace.inference.model.GraphWriter.whole;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.AttributeProto.AttributeType;
import com.google.protobuf.ByteString;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Complete packages with random features, weights and shapes, of the operators that the families
 * write. Equal seeds give equal packages.
 */
public final class RandomPackages {
  private static final List<String> LEVELS = List.of("a", "b", "c", "d", "e");

  private final Random random;

  public RandomPackages(long seed) {
    random = new Random(seed);
  }

  private float[] numbers(int count, double size) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (random.nextGaussian() * size);
    }
    return values;
  }

  /** A net over standardised numbers and one-hot categories. */
  public Path net(Path dir, int numbers, int categories, List<Integer> hidden, String task) {
    Package of = new Package(task);
    IntStream.range(0, numbers).forEach(i -> of.number("x" + i, standard()));
    IntStream.range(0, categories).forEach(i -> of.category("c" + i, new Encoding.OneHot(LEVELS)));
    GraphWriter graph = new GraphWriter(of.width(), of.outputs());
    String h = dense(graph, "x", of.width(), hidden, of.outputs());
    return of.write(dir, "mlp", end(graph, h, task));
  }

  /** Tables for categories beside numbers, then a net. */
  public Path embeddings(Path dir, int numbers, int categories, String task) {
    Package of = new Package(task);
    IntStream.range(0, numbers).forEach(i -> of.number("x" + i, standard()));
    IntStream.range(0, categories).forEach(i -> of.category("c" + i, new Encoding.Index(LEVELS)));
    GraphWriter graph = new GraphWriter(of.width(), of.outputs());
    int passed = of.width() - categories;
    List<String> parts = new ArrayList<>();
    int width = 0;
    if (passed > 0) {
      String from = graph.wholes(new long[] {0}, 1);
      String to = graph.wholes(new long[] {passed}, 1);
      String axis = graph.wholes(new long[] {1}, 1);
      parts.add(graph.node("Slice", List.of("x", from, to, axis)));
      width += passed;
    }
    for (int i = 0; i < categories; i++) {
      int dimension = 1 + random.nextInt(8);
      parts.add(lookup(graph, passed + i, dimension));
      width += dimension;
    }
    String all = graph.node("Concat", parts, whole("axis", 1));
    return of.write(
        dir, "mlp", end(graph, dense(graph, all, width, List.of(9), of.outputs()), task));
  }

  /** A factorisation: two tables multiplied and added up, and a bias. */
  public Path factorisation(Path dir, int dimension) {
    Package of = new Package("regression");
    of.category("user", new Encoding.Index(LEVELS));
    of.category("item", new Encoding.Index(LEVELS));
    GraphWriter graph = new GraphWriter(2, 1);
    String liking =
        graph.node("Mul", List.of(lookup(graph, 0, dimension), lookup(graph, 1, dimension)));
    String sum = graph.node("ReduceSum", List.of(liking, graph.wholes(new long[] {1}, 1)));
    String biased = graph.node("Add", List.of(sum, lookup(graph, 1, 1)));
    return of.write(dir, "factorisation", end(graph, biased, "regression"));
  }

  /** Trees over raw numbers, which may be missing, and one-hot categories. */
  public Path trees(Path dir, int numbers, int trees, int depth, String task) {
    Package of = new Package(task);
    IntStream.range(0, numbers).forEach(i -> of.number("x" + i, new Encoding.Raw()));
    of.category("c", new Encoding.OneHot(LEVELS));
    GraphWriter graph = new GraphWriter(of.width(), of.outputs());
    return of.write(dir, "gbt", end(graph, forest(graph, of, trees, depth), task));
  }

  /** A graph with an operator that only ONNX Runtime knows. */
  public Path unknownOperator(Path dir) {
    Package of = new Package("regression");
    of.number("x0", standard());
    GraphWriter graph = new GraphWriter(of.width(), 1);
    String h = graph.node("Erf", List.of(dense(graph, "x", of.width(), 1)));
    return of.write(dir, "container", end(graph, h, "regression"));
  }

  private String forest(GraphWriter graph, Package of, int trees, int depth) {
    AttributeProto.Builder[] wholes = new AttributeProto.Builder[9];
    String[] names = {
      "nodes_treeids",
      "nodes_nodeids",
      "nodes_featureids",
      "nodes_truenodeids",
      "nodes_falsenodeids",
      "nodes_missing_value_tracks_true",
      "target_treeids",
      "target_nodeids",
      "target_ids"
    };
    for (int i = 0; i < names.length; i++) {
      wholes[i] = attribute(names[i], AttributeType.INTS);
    }
    AttributeProto.Builder modes = attribute("nodes_modes", AttributeType.STRINGS);
    AttributeProto.Builder values = attribute("nodes_values", AttributeType.FLOATS);
    AttributeProto.Builder leaves = attribute("target_weights", AttributeType.FLOATS);
    AttributeProto.Builder base = attribute("base_values", AttributeType.FLOATS);
    String branch = random.nextBoolean() ? "BRANCH_LT" : "BRANCH_LEQ";
    for (int t = 0; t < trees; t++) {
      int inner = (1 << depth) - 1;
      for (int i = 0; i < 2 * inner + 1; i++) {
        boolean leaf = i >= inner;
        long[] row = {
          t,
          i,
          leaf ? 0 : random.nextInt(of.width()),
          leaf ? 0 : 2 * i + 1,
          leaf ? 0 : 2 * i + 2,
          random.nextInt(2)
        };
        for (int a = 0; a < row.length; a++) {
          wholes[a].addInts(row[a]);
        }
        modes.addStrings(ByteString.copyFromUtf8(leaf ? "LEAF" : branch));
        // coarse: thresholds that values hit
        values.addFloats(leaf ? 0 : Math.round(random.nextGaussian() * 4) / 4f);
        if (leaf) {
          wholes[6].addInts(t);
          wholes[7].addInts(i);
          wholes[8].addInts(t % of.outputs());
          leaves.addFloats((float) random.nextGaussian() * 0.1f);
        }
      }
    }
    for (int i = 0; i < of.outputs(); i++) {
      base.addFloats((float) random.nextGaussian());
    }
    List<AttributeProto> all = new ArrayList<>();
    for (AttributeProto.Builder each : wholes) {
      all.add(each.build());
    }
    all.add(modes.build());
    all.add(values.build());
    all.add(leaves.build());
    all.add(base.build());
    all.add(whole("n_targets", of.outputs()));
    String margins =
        graph.node("TreeEnsembleRegressor", List.of("x"), all.toArray(AttributeProto[]::new));
    graph.ofTrees();
    return margins;
  }

  private String lookup(GraphWriter graph, int column, int dimension) {
    int rows = LEVELS.size() + 2;
    String at =
        graph.node("Gather", List.of("x", graph.wholes(new long[] {column})), whole("axis", 1));
    String place = graph.node("Cast", List.of(at), whole("to", 7));
    String table = graph.floats(numbers(rows * dimension, 1), rows, dimension);
    return graph.node("Gather", List.of(table, place));
  }

  private String dense(GraphWriter graph, String x, int width, List<Integer> hidden, int outputs) {
    String h = x;
    int in = width;
    for (int units : hidden) {
      h = graph.node("Relu", List.of(dense(graph, h, in, units)));
      in = units;
    }
    return dense(graph, h, in, outputs);
  }

  private String dense(GraphWriter graph, String x, int in, int out) {
    float[] weights = numbers(in * out, Math.sqrt(1.0 / in));
    String bias = graph.floats(numbers(out, 0.5), out);
    return random.nextBoolean()
        ? graph.node("Gemm", List.of(x, graph.floats(weights, out, in), bias), whole("transB", 1))
        : graph.node(
            "Add", List.of(graph.node("MatMul", List.of(x, graph.floats(weights, in, out))), bias));
  }

  private byte[] end(GraphWriter graph, String h, String task) {
    switch (task) {
      case "binary" -> graph.node("Sigmoid", List.of(h));
      case "multiclass" -> graph.node("Softmax", List.of(h), whole("axis", 1));
      default -> {
        String scaled = graph.node("Mul", List.of(h, graph.floats(new float[] {3.5f}, 1)));
        graph.node("Add", List.of(scaled, graph.floats(new float[] {-2f}, 1)));
      }
    }
    return graph.bytes();
  }

  private Encoding standard() {
    return new Encoding.Standard(
        random.nextGaussian(), 0.5 + random.nextDouble(), 0.3, random.nextBoolean());
  }

  /** A manifest that grows. */
  private static final class Package {
    private final String task;
    private final List<Feature> features = new ArrayList<>();
    private final List<Encoding> encodings = new ArrayList<>();

    Package(String task) {
      this.task = task;
    }

    void number(String name, Encoding encoding) {
      features.add(new Feature(name, Feature.Kind.NUMBER, true, null, null, null, null));
      encodings.add(encoding);
    }

    void category(String name, Encoding encoding) {
      features.add(new Feature(name, Feature.Kind.CATEGORY, true, null, null, null, null));
      encodings.add(encoding);
    }

    int width() {
      return encodings.stream().mapToInt(Encoding::width).sum();
    }

    private List<String> classes() {
      return switch (task) {
        case "binary" -> List.of("0", "1");
        case "multiclass" -> List.of("p", "q", "r");
        default -> List.of();
      };
    }

    int outputs() {
      return task.equals("multiclass") ? 3 : 1;
    }

    Path write(Path dir, String family, byte[] onnx) {
      ModelManifest manifest =
          new ModelManifest(
              1,
              "random",
              task,
              family,
              features,
              encodings,
              width(),
              new ModelManifest.Graph(PackageFiles.GRAPH, PackageFiles.sha256(onnx), "x", "y"),
              new ModelManifest.Output("target", classes(), 0.5));
      try {
        Files.createDirectories(dir);
        Files.write(dir.resolve(PackageFiles.GRAPH), onnx);
        Files.write(dir.resolve(PackageFiles.MANIFEST), ManifestJson.write(manifest));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return dir;
    }
  }
}
