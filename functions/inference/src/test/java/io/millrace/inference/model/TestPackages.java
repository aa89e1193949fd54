package io.millrace.inference.model;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Writes complete, small packages for tests; equal arguments give equal digests. */
public final class TestPackages {
  private TestPackages() {}

  /** {@link #linear(Path, double)} with bias 0. */
  public static Path linear(Path dir) {
    return linear(dir, 0);
  }

  /**
   * A binary model {@code credit} of {@code age} (number, 0..120), {@code income} (number,
   * nullable) and {@code city} (berlin, paris); classes 0 and 1. See {@link #expected}.
   */
  public static Path linear(Path dir, double bias) {
    return linear(dir, bias, 120, 0);
  }

  /**
   * The same, spoiled.
   *
   * @param oldest greatest age that it takes; older ones are refused
   * @param layers of 512 numbers that it computes beside and adds nothing of, a megabyte of
   *     arithmetic each: some dozens of microseconds
   */
  public static Path linear(Path dir, double bias, double oldest, int layers) {
    List<Feature> features =
        List.of(
            number("age", false, 0.0, oldest),
            number("income", true, null, null),
            new Feature("city", Feature.Kind.CATEGORY, true, null, null, null, null));
    List<Encoding> encodings =
        List.of(
            new Encoding.Standard(40, 10, 40, false),
            new Encoding.Standard(1_000, 500, 900, true),
            new Encoding.OneHot(List.of("berlin", "paris")));
    float[] weights = {0.5f, -1f, 0.25f, 1f, -1f, 0.125f, 0f};
    Graph graph = new Graph(7);
    if (layers > 0) {
      graph.idle(layers, 512);
    }
    graph.dense(weights, new float[] {(float) bias}, "Sigmoid");
    return write(dir, "credit", "binary", "linear", features, encodings, graph, List.of("0", "1"));
  }

  /** What {@link #linear} answers. */
  public static double expected(
      double age, @Nullable Double income, @Nullable String city, double bias) {
    double sum = bias + 0.5 * (age - 40) / 10;
    sum += -1 * ((income == null ? 900 : income) - 1_000) / 500 + (income == null ? 0.25 : 0);
    sum += city == null ? 0 : city.equals("berlin") ? 1 : city.equals("paris") ? -1 : 0.125;
    return 1 / (1 + Math.exp(-sum));
  }

  /** Classes a, b, c of numbers {@code x0, x1}. */
  public static Path multiclass(Path dir) {
    Graph graph =
        new Graph(2).dense(new float[] {1, 0, -1, 0, 1, -1}, new float[] {0, 0, 0}, "Softmax");
    return write(
        dir,
        "classes",
        "multiclass",
        "linear",
        numbers(2),
        plain(2),
        graph,
        List.of("a", "b", "c"));
  }

  /** {@code 3 x0 - 2 x1 + 7}. */
  public static Path regression(Path dir) {
    Graph graph = new Graph(2).dense(new float[] {3, -2}, new float[] {7}, null);
    return write(dir, "price", "regression", "linear", numbers(2), plain(2), graph, List.of());
  }

  /** A binary net features-64-32-1 of numbers {@code x0, x1, …} with random weights. */
  public static Path mlp(Path dir, int features, long seed) {
    Random random = new Random(seed);
    Graph graph =
        new Graph(features)
            .dense(gaussian(random, features * 64), gaussian(random, 64), "Relu")
            .dense(gaussian(random, 64 * 32), gaussian(random, 32), "Relu")
            .dense(gaussian(random, 32), gaussian(random, 1), "Sigmoid");
    return write(
        dir, "mlp", "binary", "mlp", numbers(features), plain(features), graph, List.of("0", "1"));
  }

  private static float[] gaussian(Random random, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (random.nextGaussian() * 0.3);
    }
    return values;
  }

  private static Feature number(
      String name, boolean nullable, @Nullable Double least, @Nullable Double greatest) {
    return new Feature(name, Feature.Kind.NUMBER, nullable, -1e6, 1e6, least, greatest);
  }

  private static List<Feature> numbers(int count) {
    List<Feature> features = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      features.add(number("x" + i, false, null, null));
    }
    return features;
  }

  private static List<Encoding> plain(int count) {
    List<Encoding> encodings = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      encodings.add(new Encoding.Standard(0, 1, 0, false));
    }
    return encodings;
  }

  private static Path write(
      Path dir,
      String model,
      String task,
      String family,
      List<Feature> features,
      List<Encoding> encodings,
      Graph graph,
      List<String> classes) {
    byte[] onnx = graph.bytes();
    int width = encodings.stream().mapToInt(Encoding::width).sum();
    ModelManifest manifest =
        new ModelManifest(
            1,
            model,
            task,
            family,
            features,
            encodings,
            width,
            new ModelManifest.Graph(PackageFiles.GRAPH, PackageFiles.sha256(onnx), "x", "y"),
            new ModelManifest.Output("target", classes, 0.5));
    try {
      Files.createDirectories(dir);
      Files.write(dir.resolve(PackageFiles.GRAPH), onnx);
      Files.write(dir.resolve(PackageFiles.MANIFEST), ManifestJson.write(manifest));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return dir;
  }

  /** A chain of dense layers. */
  private static final class Graph {
    private final GraphProto.Builder graph = GraphProto.newBuilder().setName("test");
    private String last = "x";
    private int width;

    Graph(int width) {
      this.width = width;
      graph.addInput(value("x", width));
    }

    /** Weights {@code (in, out)} row-major. */
    Graph dense(float[] weights, float[] bias, @Nullable String activation) {
      int n = graph.getNodeCount();
      graph.addInitializer(tensor("w" + n, weights, width, bias.length));
      graph.addInitializer(tensor("b" + n, bias, bias.length));
      graph.addNode(
          NodeProto.newBuilder()
              .setOpType("Gemm")
              .addInput(last)
              .addInput("w" + n)
              .addInput("b" + n)
              .addOutput("d" + n));
      last = "d" + n;
      width = bias.length;
      if (activation != null) {
        NodeProto.Builder node =
            NodeProto.newBuilder().setOpType(activation).addInput(last).addOutput("a" + n);
        if (activation.equals("Softmax")) {
          node.addAttribute(
              AttributeProto.newBuilder()
                  .setName("axis")
                  .setType(AttributeProto.AttributeType.INT)
                  .setI(1));
        }
        graph.addNode(node);
        last = "a" + n;
      }
      return this;
    }

    /** Work that changes nothing: what comes out of it is added times zero. */
    void idle(int layers, int size) {
      float[] mixing = new float[size * size];
      java.util.Arrays.fill(mixing, 1f / size);
      graph.addInitializer(tensor("wide", new float[width * size], width, size));
      graph.addInitializer(tensor("mixing", mixing, size, size));
      graph.addInitializer(tensor("narrow", new float[size * width], size, width));
      matrix("x", "wide", "idle0");
      for (int i = 0; i < layers; i++) {
        matrix("idle" + i, "mixing", "idle" + (i + 1));
      }
      matrix("idle" + layers, "narrow", "nothing");
      graph.addNode(
          NodeProto.newBuilder()
              .setOpType("Add")
              .addInput("x")
              .addInput("nothing")
              .addOutput("same"));
      last = "same";
    }

    private void matrix(String input, String factor, String output) {
      graph.addNode(
          NodeProto.newBuilder()
              .setOpType("MatMul")
              .addInput(input)
              .addInput(factor)
              .addOutput(output));
    }

    byte[] bytes() {
      int end = graph.getNodeCount() - 1;
      graph.setNode(end, graph.getNode(end).toBuilder().setOutput(0, "y"));
      graph.addOutput(value("y", width));
      return ModelProto.newBuilder()
          .setIrVersion(8)
          .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
          .setGraph(graph)
          .build()
          .toByteArray();
    }

    private static TensorProto tensor(String name, float[] values, long... dims) {
      TensorProto.Builder tensor =
          TensorProto.newBuilder()
              .setName(name)
              .setDataType(TensorProto.DataType.FLOAT.getNumber());
      for (long dim : dims) {
        tensor.addDims(dim);
      }
      for (float value : values) {
        tensor.addFloatData(value);
      }
      return tensor.build();
    }

    private static ValueInfoProto value(String name, int columns) {
      TensorShapeProto shape =
          TensorShapeProto.newBuilder()
              .addDim(TensorShapeProto.Dimension.newBuilder().setDimParam("N"))
              .addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(columns))
              .build();
      return ValueInfoProto.newBuilder()
          .setName(name)
          .setType(
              TypeProto.newBuilder()
                  .setTensorType(
                      TypeProto.Tensor.newBuilder()
                          .setElemType(TensorProto.DataType.FLOAT.getNumber())
                          .setShape(shape)))
          .build();
    }
  }
}
