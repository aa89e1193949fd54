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
    String h = Fitted.INPUT;
    int parameter = 0;
    for (Layer layer : net.layers()) {
      h =
          switch (layer) {
            case Layer.Dense dense -> {
              String weight = tensor(net.shapes().get(parameter), values[parameter]);
              String bias = tensor(net.shapes().get(parameter + 1), values[parameter + 1]);
              parameter += 2;
              yield node(
                  NodeProto.newBuilder().setOpType("Gemm").addAttribute(whole("transB", 1)),
                  List.of(h, weight, bias),
                  name());
            }
            case Layer.Relu relu ->
                node(NodeProto.newBuilder().setOpType("Relu"), List.of(h), name());
            // nothing is dropped when a model scores
            case Layer.Dropout dropout -> h;
          };
    }
    switch (objective.task()) {
      case BINARY -> node(NodeProto.newBuilder().setOpType("Sigmoid"), List.of(h), Fitted.OUTPUT);
      case MULTICLASS, IMAGE ->
          node(
              NodeProto.newBuilder().setOpType("Softmax").addAttribute(whole("axis", 1)),
              List.of(h),
              Fitted.OUTPUT);
      case REGRESSION, FORECAST, RECOMMEND -> {
        String scale = tensor(new Shape(1), new float[] {(float) objective.scale()});
        String mean = tensor(new Shape(1), new float[] {(float) objective.mean()});
        String scaled = node(NodeProto.newBuilder().setOpType("Mul"), List.of(h, scale), name());
        node(NodeProto.newBuilder().setOpType("Add"), List.of(scaled, mean), Fitted.OUTPUT);
      }
    }
  }

  private String name() {
    return "h" + next++;
  }

  private String node(NodeProto.Builder node, List<String> inputs, String output) {
    graph.addNode(node.setName(output).addAllInput(inputs).addOutput(output));
    return output;
  }

  private String tensor(Shape shape, float[] values) {
    String name = "w" + next++;
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    TensorProto.Builder tensor =
        TensorProto.newBuilder()
            .setName(name)
            .setDataType(TensorProto.DataType.FLOAT.getNumber())
            .setRawData(ByteString.copyFrom(bytes));
    for (long dimension : shape.getShape()) {
      tensor.addDims(dimension);
    }
    graph.addInitializer(tensor);
    return name;
  }

  private static AttributeProto whole(String name, long value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.INT)
        .setI(value)
        .build();
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
