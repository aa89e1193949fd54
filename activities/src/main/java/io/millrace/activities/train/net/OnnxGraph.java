package io.millrace.activities.train.net;

import ai.djl.ndarray.types.Shape;
import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import io.millrace.activities.train.Fitted;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * Writes a net as an ONNX graph that ends in scores: sigmoid or softmax are inside, and a
 * regression's value is in the target's unit. Equal weights give equal bytes.
 */
final class OnnxGraph {
  /** IR version 8 and operators of set 17: read by every ONNX Runtime since 1.12. */
  private static final int IR_VERSION = 8;

  private static final int OPERATORS = 17;

  private final GraphProto.Builder graph = GraphProto.newBuilder().setName("millrace");
  private int next;

  private OnnxGraph() {}

  /**
   * The file's bytes.
   *
   * @param values the parameters, as {@link FeedForward#shapes}
   */
  static byte[] of(FeedForward net, Objective objective, float[][] values) {
    OnnxGraph writer = new OnnxGraph();
    writer.write(net, objective, values);
    return ModelProto.newBuilder()
        .setIrVersion(IR_VERSION)
        .setProducerName("millrace")
        .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(OPERATORS))
        .setGraph(writer.graph)
        .build()
        .toByteArray();
  }

  private void write(FeedForward net, Objective objective, float[][] values) {
    graph.addInput(value(Fitted.INPUT, net.inputs()));
    graph.addOutput(value(Fitted.OUTPUT, objective.outputs()));
    String h = net.write(this, Fitted.INPUT, values);
    switch (objective.task()) {
      case BINARY -> node(Fitted.OUTPUT, "Sigmoid", List.of(h));
      case MULTICLASS, IMAGE -> node(Fitted.OUTPUT, "Softmax", List.of(h), whole("axis", 1));
      case REGRESSION, FORECAST, RECOMMEND -> {
        String scale = tensor(new Shape(1), new float[] {(float) objective.scale()});
        String mean = tensor(new Shape(1), new float[] {(float) objective.mean()});
        String scaled = node("Mul", List.of(h, scale));
        node(Fitted.OUTPUT, "Add", List.of(scaled, mean));
      }
    }
  }

  private String name() {
    return "h" + next++;
  }

  /** Adds a node. @return name of its output */
  String node(String operator, List<String> inputs, AttributeProto... attributes) {
    return node(name(), operator, inputs, attributes);
  }

  private String node(
      String output, String operator, List<String> inputs, AttributeProto... attributes) {
    graph.addNode(
        NodeProto.newBuilder()
            .setOpType(operator)
            .setName(output)
            .addAllInput(inputs)
            .addOutput(output)
            .addAllAttribute(List.of(attributes)));
    return output;
  }

  /** Adds numbers. @return their name */
  String tensor(Shape shape, float[] values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return tensor(TensorProto.DataType.FLOAT, shape, bytes);
  }

  /** Adds whole numbers, such as a shape's. @return their name */
  String wholes(Shape shape, long... values) {
    ByteBuffer bytes = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asLongBuffer().put(values);
    return tensor(TensorProto.DataType.INT64, shape, bytes);
  }

  private String tensor(TensorProto.DataType type, Shape shape, ByteBuffer bytes) {
    String name = "w" + next++;
    TensorProto.Builder tensor =
        TensorProto.newBuilder()
            .setName(name)
            .setDataType(type.getNumber())
            .setRawData(ByteString.copyFrom(bytes));
    for (long dimension : shape.getShape()) {
      tensor.addDims(dimension);
    }
    graph.addInitializer(tensor);
    return name;
  }

  /** The levels' positions in a column of inputs, {@code (N) int64}. @return their name */
  String positions(String x, int column) {
    String at = wholes(new Shape(), column);
    String values = node("Gather", List.of(x, at), whole("axis", 1));
    return node("Cast", List.of(values), whole("to", TensorProto.DataType.INT64.getNumber()));
  }

  static AttributeProto whole(String name, long value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.INT)
        .setI(value)
        .build();
  }

  static AttributeProto wholes(String name, long... values) {
    AttributeProto.Builder attribute =
        AttributeProto.newBuilder().setName(name).setType(AttributeProto.AttributeType.INTS);
    for (long value : values) {
      attribute.addInts(value);
    }
    return attribute.build();
  }

  private static ValueInfoProto value(String name, int width) {
    TensorShapeProto.Builder shape =
        TensorShapeProto.newBuilder()
            .addDim(TensorShapeProto.Dimension.newBuilder().setDimParam("N"))
            .addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(width));
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
