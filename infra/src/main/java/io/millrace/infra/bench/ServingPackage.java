package io.millrace.infra.bench;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.millrace.inference.model.Encoding;
import io.millrace.inference.model.Feature;
import io.millrace.inference.model.ManifestJson;
import io.millrace.inference.model.ModelManifest;
import io.millrace.inference.model.PackageFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** The net of the serving bench, 30-64-32-1 with fixed random weights, for both sides. */
final class ServingPackage {
  static final int FEATURES = 30;

  /** Of the race: a net as tables have them. */
  static final int[] SMALL = {FEATURES, 64, 32, 1};

  /** Of the race between joined runs and single ones: 4 million weights. */
  static final int[] WIDE = {FEATURES, 2_048, 2_048, 1};

  private ServingPackage() {}

  /** Writes {@code package/} for our server and {@code weights.csv} (a layer per two lines). */
  static void write(Path dir, int[] widths) throws IOException {
    Random random = new Random(20_260_101);
    GraphProto.Builder graph = GraphProto.newBuilder().setName("bench");
    graph.addInput(value("x", FEATURES)).addOutput(value("y", 1));
    StringBuilder csv = new StringBuilder();
    String last = "x";
    for (int layer = 0; layer + 1 < widths.length; layer++) {
      int in = widths[layer];
      int out = widths[layer + 1];
      graph.addInitializer(tensor("w" + layer, random, csv, in * out, in, out));
      graph.addInitializer(tensor("b" + layer, random, csv, out, out));
      boolean end = layer + 2 == widths.length;
      graph.addNode(node("Gemm", "d" + layer, last, "w" + layer, "b" + layer));
      graph.addNode(node(end ? "Sigmoid" : "Relu", end ? "y" : "a" + layer, "d" + layer));
      last = "a" + layer;
    }
    byte[] onnx =
        ModelProto.newBuilder()
            .setIrVersion(8)
            .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
            .setGraph(graph)
            .build()
            .toByteArray();
    List<Feature> features = new ArrayList<>();
    List<Encoding> encodings = new ArrayList<>();
    for (int i = 0; i < FEATURES; i++) {
      features.add(new Feature("x" + i, Feature.Kind.NUMBER, false, -4.0, 4.0, null, null));
      encodings.add(new Encoding.Standard(0, 1, 0, false));
    }
    ModelManifest manifest =
        new ModelManifest(
            1,
            "bench",
            "binary",
            "mlp",
            features,
            encodings,
            FEATURES,
            new ModelManifest.Graph(PackageFiles.GRAPH, PackageFiles.sha256(onnx), "x", "y"),
            new ModelManifest.Output("y", List.of("0", "1"), 0.5));
    Path place = Files.createDirectories(dir.resolve("package"));
    Files.write(place.resolve(PackageFiles.GRAPH), onnx);
    Files.write(place.resolve(PackageFiles.MANIFEST), ManifestJson.write(manifest));
    Files.writeString(dir.resolve("weights.csv"), csv);
  }

  /** Rows in the shape that all servers read. */
  static String request(int rows) {
    Random random = new Random(7);
    StringBuilder names = new StringBuilder();
    StringBuilder values = new StringBuilder();
    for (int i = 0; i < FEATURES; i++) {
      names.append(i == 0 ? "" : ",").append("\"x").append(i).append('"');
    }
    for (int row = 0; row < rows; row++) {
      values.append(row == 0 ? "[" : ",[");
      for (int i = 0; i < FEATURES; i++) {
        // within the range that the features allow
        double value = Math.max(-3.9, Math.min(3.9, random.nextGaussian()));
        values.append(i == 0 ? "" : ",").append(Math.round(value * 1e6) / 1e6);
      }
      values.append(']');
    }
    return "{\"dataframe_split\":{\"columns\":[" + names + "],\"data\":[" + values + "]}}";
  }

  private static NodeProto node(String op, String output, String... inputs) {
    return NodeProto.newBuilder()
        .setOpType(op)
        .addAllInput(List.of(inputs))
        .addOutput(output)
        .build();
  }

  private static TensorProto tensor(
      String name, Random random, StringBuilder csv, int count, long... dims) {
    TensorProto.Builder tensor =
        TensorProto.newBuilder().setName(name).setDataType(TensorProto.DataType.FLOAT.getNumber());
    for (long dim : dims) {
      tensor.addDims(dim);
    }
    for (int i = 0; i < count; i++) {
      float value = (float) (random.nextGaussian() * 0.3);
      tensor.addFloatData(value);
      csv.append(i == 0 ? "" : ",").append(value);
    }
    csv.append('\n');
    return tensor.build();
  }

  private static ValueInfoProto value(String name, int columns) {
    TensorShapeProto shape =
        TensorShapeProto.newBuilder()
            .addDim(TensorShapeProto.Dimension.newBuilder().setDimParam("N"))
            .addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(columns))
            .build();
    TypeProto.Tensor tensor =
        TypeProto.Tensor.newBuilder()
            .setElemType(TensorProto.DataType.FLOAT.getNumber())
            .setShape(shape)
            .build();
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(TypeProto.newBuilder().setTensorType(tensor))
        .build();
  }
}
