package io.millrace.activities.train.trees;

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
 * Writes trees as an ONNX graph that ends in scores: one {@code TreeEnsembleRegressor} gives the
 * margins, sigmoid, softmax or the target's unit follow. Not the operator for classifiers: its
 * second output is a label, and what it makes of two classes depends on the runtime. Equal trees
 * give equal bytes.
 */
final class TreeGraph {
  /** IR version 8 and these sets of operators: read by every ONNX Runtime since 1.12. */
  private static final int IR_VERSION = 8;

  private static final int OPERATORS = 17;
  private static final int TREE_OPERATORS = 3;
  private static final String TREE_DOMAIN = "ai.onnx.ml";
  private static final String MARGINS = "margins";

  private TreeGraph() {}

  /**
   * The file's bytes.
   *
   * @param trees in the order they were grown, which is the order they are added in
   * @param width number of inputs
   */
  static byte[] of(Goal goal, List<Tree> trees, int width) {
    GraphProto.Builder graph = GraphProto.newBuilder().setName("millrace");
    graph.addInput(value(Fitted.INPUT, width));
    graph.addOutput(value(Fitted.OUTPUT, goal.outputs()));
    graph.addNode(ensemble(goal, trees));
    switch (goal.task()) {
      case BINARY -> graph.addNode(node("Sigmoid", Fitted.OUTPUT, MARGINS));
      case MULTICLASS, IMAGE ->
          graph.addNode(
              node("Softmax", Fitted.OUTPUT, MARGINS)
                  .addAttribute(attribute("axis", AttributeProto.AttributeType.INT).setI(1)));
      case REGRESSION, FORECAST, RECOMMEND -> {
        graph.addInitializer(number("scale", goal.scale()));
        graph.addInitializer(number("mean", goal.mean()));
        graph.addNode(node("Mul", "scaled", MARGINS, "scale"));
        graph.addNode(node("Add", Fitted.OUTPUT, "scaled", "mean"));
      }
    }
    return ModelProto.newBuilder()
        .setIrVersion(IR_VERSION)
        .setProducerName("millrace")
        .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(OPERATORS))
        .addOpsetImport(
            OperatorSetIdProto.newBuilder().setDomain(TREE_DOMAIN).setVersion(TREE_OPERATORS))
        .setGraph(graph)
        .build()
        .toByteArray();
  }

  private static NodeProto.Builder ensemble(Goal goal, List<Tree> trees) {
    AttributeProto.Builder treeIds = wholes("nodes_treeids");
    AttributeProto.Builder nodeIds = wholes("nodes_nodeids");
    AttributeProto.Builder features = wholes("nodes_featureids");
    AttributeProto.Builder modes = attribute("nodes_modes", AttributeProto.AttributeType.STRINGS);
    AttributeProto.Builder thresholds = floats("nodes_values");
    AttributeProto.Builder trues = wholes("nodes_truenodeids");
    AttributeProto.Builder falses = wholes("nodes_falsenodeids");
    AttributeProto.Builder missing = wholes("nodes_missing_value_tracks_true");
    AttributeProto.Builder leafTrees = wholes("target_treeids");
    AttributeProto.Builder leafNodes = wholes("target_nodeids");
    AttributeProto.Builder leafTargets = wholes("target_ids");
    AttributeProto.Builder leafValues = floats("target_weights");
    ByteString less = ByteString.copyFromUtf8("BRANCH_LT");
    ByteString leaf = ByteString.copyFromUtf8("LEAF");
    for (int t = 0; t < trees.size(); t++) {
      Tree tree = trees.get(t);
      for (int i = 0; i < tree.nodes(); i++) {
        boolean ends = tree.leaf(i);
        treeIds.addInts(t);
        nodeIds.addInts(i);
        features.addInts(tree.feature()[i]);
        modes.addStrings(ends ? leaf : less);
        thresholds.addFloats(ends ? 0 : tree.value()[i]);
        trues.addInts(ends ? 0 : tree.left()[i]);
        falses.addInts(ends ? 0 : tree.right()[i]);
        missing.addInts(!ends && tree.missingLeft()[i] ? 1 : 0);
        if (ends) {
          leafTrees.addInts(t);
          leafNodes.addInts(i);
          leafTargets.addInts(t % goal.outputs());
          leafValues.addFloats(tree.value()[i]);
        }
      }
    }
    AttributeProto.Builder base = floats("base_values");
    for (float margin : goal.start()) {
      base.addFloats(margin);
    }
    NodeProto.Builder node = node("TreeEnsembleRegressor", MARGINS, Fitted.INPUT);
    node.setDomain(TREE_DOMAIN);
    node.addAttribute(
        attribute("n_targets", AttributeProto.AttributeType.INT).setI(goal.outputs()));
    node.addAttribute(text("aggregate_function", "SUM"));
    node.addAttribute(text("post_transform", "NONE"));
    for (AttributeProto.Builder each :
        List.of(
            base,
            treeIds,
            nodeIds,
            features,
            modes,
            thresholds,
            trues,
            falses,
            missing,
            leafTrees,
            leafNodes,
            leafTargets,
            leafValues)) {
      node.addAttribute(each);
    }
    return node;
  }

  private static NodeProto.Builder node(String operator, String output, String... inputs) {
    return NodeProto.newBuilder()
        .setOpType(operator)
        .setName(output)
        .addAllInput(List.of(inputs))
        .addOutput(output);
  }

  private static AttributeProto.Builder attribute(String name, AttributeProto.AttributeType type) {
    return AttributeProto.newBuilder().setName(name).setType(type);
  }

  private static AttributeProto.Builder wholes(String name) {
    return attribute(name, AttributeProto.AttributeType.INTS);
  }

  private static AttributeProto.Builder floats(String name) {
    return attribute(name, AttributeProto.AttributeType.FLOATS);
  }

  private static AttributeProto.Builder text(String name, String value) {
    return attribute(name, AttributeProto.AttributeType.STRING)
        .setS(ByteString.copyFromUtf8(value));
  }

  private static TensorProto number(String name, double value) {
    ByteBuffer bytes = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putFloat(0, (float) value);
    return TensorProto.newBuilder()
        .setName(name)
        .setDataType(TensorProto.DataType.FLOAT.getNumber())
        .addDims(1)
        .setRawData(ByteString.copyFrom(bytes))
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
