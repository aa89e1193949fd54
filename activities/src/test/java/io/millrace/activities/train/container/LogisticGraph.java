package io.millrace.activities.train.container;

import ai.onnx.proto.OnnxMl;
import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/** A logistic regression as an ONNX graph: {@code (N, width)} to {@code (N, 1)}. */
public final class LogisticGraph {
  private LogisticGraph() {}

  /**
   * The file's bytes.
   *
   * @param weights one per input, then the bias
   */
  public static byte[] of(double[] weights) {
    int width = weights.length - 1;
    ByteBuffer matrix = ByteBuffer.allocate(4 * width).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < width; i++) {
      matrix.putFloat((float) weights[i]);
    }
    ByteBuffer bias = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
    bias.putFloat((float) weights[width]);
    return OnnxMl.ModelProto.newBuilder()
        .setIrVersion(8)
        .addOpsetImport(OnnxMl.OperatorSetIdProto.newBuilder().setDomain("").setVersion(17))
        .setGraph(
            OnnxMl.GraphProto.newBuilder()
                .setName("program")
                .addInput(value("input", width))
                .addOutput(value("output", 1))
                .addInitializer(tensor("w", matrix, width, 1))
                .addInitializer(tensor("b", bias, 1))
                .addNode(
                    OnnxMl.NodeProto.newBuilder()
                        .setOpType("Gemm")
                        .addAllInput(List.of("input", "w", "b"))
                        .addOutput("z"))
                .addNode(
                    OnnxMl.NodeProto.newBuilder()
                        .setOpType("Sigmoid")
                        .addInput("z")
                        .addOutput("output")))
        .build()
        .toByteArray();
  }

  private static OnnxMl.TensorProto tensor(String name, ByteBuffer values, long... shape) {
    OnnxMl.TensorProto.Builder tensor =
        OnnxMl.TensorProto.newBuilder()
            .setName(name)
            .setDataType(OnnxMl.TensorProto.DataType.FLOAT.getNumber())
            .setRawData(ByteString.copyFrom(values.flip()));
    for (long dimension : shape) {
      tensor.addDims(dimension);
    }
    return tensor.build();
  }

  private static OnnxMl.ValueInfoProto value(String name, int width) {
    return OnnxMl.ValueInfoProto.newBuilder()
        .setName(name)
        .setType(
            OnnxMl.TypeProto.newBuilder()
                .setTensorType(
                    OnnxMl.TypeProto.Tensor.newBuilder()
                        .setElemType(OnnxMl.TensorProto.DataType.FLOAT.getNumber())
                        .setShape(
                            OnnxMl.TensorShapeProto.newBuilder()
                                .addDim(
                                    OnnxMl.TensorShapeProto.Dimension.newBuilder().setDimParam("N"))
                                .addDim(
                                    OnnxMl.TensorShapeProto.Dimension.newBuilder()
                                        .setDimValue(width)))))
        .build();
  }
}
