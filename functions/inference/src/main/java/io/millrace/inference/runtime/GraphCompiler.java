package io.millrace.inference.runtime;

import static io.millrace.inference.runtime.RowSteps.unknown;

import io.millrace.inference.model.ModelManifest;
import io.millrace.inference.onnx.OnnxFile;
import io.millrace.inference.onnx.OnnxFile.Attribute;
import io.millrace.inference.onnx.OnnxFile.Node;
import io.millrace.inference.onnx.OnnxFile.Port;
import io.millrace.inference.onnx.OnnxFile.Tensor;
import io.millrace.inference.onnx.OnnxInvalid;
import io.millrace.inference.runtime.GraphValues.Value;
import io.millrace.inference.runtime.RowSteps.ConstantStep;
import io.millrace.inference.runtime.RowSteps.CopyStep;
import io.millrace.inference.runtime.RowSteps.Each;
import io.millrace.inference.runtime.RowSteps.EachStep;
import io.millrace.inference.runtime.RowSteps.LookupStep;
import io.millrace.inference.runtime.RowSteps.Pair;
import io.millrace.inference.runtime.RowSteps.PairStep;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Turns the nodes of an ONNX graph into steps. It knows the operators that our families write for
 * tables, over values of shape {@code (N, width)}, or {@code (N)} for one column; anything else is
 * refused, and such a graph is left to ONNX Runtime.
 */
final class GraphCompiler {
  /** Sets of operators whose meaning is known here. */
  private static final long LEAST_OPERATORS = 13;

  private static final long MOST_OPERATORS = 21;

  private final OnnxFile file;
  private final ModelManifest manifest;
  private final long mostCost;
  private final List<Step> steps = new ArrayList<>();
  private final GraphValues values = new GraphValues();
  private final NodeTerms terms;

  /**
   * @param mostCost multiply-adds per row above which it stops: each step has weights of its own,
   *     so a graph that is not meant for this runtime must not be built to the end
   */
  GraphCompiler(OnnxFile file, ModelManifest manifest, long mostCost) {
    this.file = file;
    this.manifest = manifest;
    this.mostCost = mostCost;
    this.terms = new NodeTerms(file);
  }

  /**
   * @throws OnnxInvalid when something is not known here
   */
  JavaGraph compile() {
    long operators = file.operators().getOrDefault("", 0L);
    if (operators < LEAST_OPERATORS || operators > MOST_OPERATORS) {
      throw unknown("operators of set " + operators, LEAST_OPERATORS + ".." + MOST_OPERATORS);
    }
    // loops, no streams: those cost a start more than the graph (infra/docs/lambda.md)
    List<Port> inputs = new ArrayList<>();
    for (Port input : file.inputs()) {
      if (!file.constants().containsKey(input.name())) {
        inputs.add(input);
      }
    }
    if (inputs.size() != 1) {
      throw unknown(inputs.size() + " inputs", "1");
    }
    check(inputs.getFirst(), manifest.graph().input(), manifest.width());
    Port output = output();
    check(output, output.name(), Graph.outputs(manifest));
    values.input(inputs.getFirst().name(), manifest.width());
    long cost = 0;
    int counted = 0;
    for (Node node : file.nodes()) {
      node(node);
      for (; counted < steps.size(); counted++) {
        cost += steps.get(counted).cost();
      }
      if (cost > mostCost) {
        throw unknown("cost of more than " + mostCost + " multiply-adds per row", "at most that");
      }
    }
    Value result = values.of(output.name());
    if (result.column() || result.width() != Graph.outputs(manifest)) {
      throw unknown("output of width " + result.width(), "" + Graph.outputs(manifest));
    }
    return new JavaGraph(steps, values.widths(), result.place());
  }

  private Port output() {
    for (Port output : file.outputs()) {
      if (output.name().equals(manifest.graph().output())) {
        return output;
      }
    }
    throw unknown("no output " + manifest.graph().output(), "it");
  }

  private static void check(Port port, String name, int width) {
    long[] shape = port.shape();
    if (!port.name().equals(name)
        || port.type() != OnnxFile.FLOAT
        || shape.length != 2
        || shape[0] > 0
        || (shape[1] != width && shape[1] > 0)) {
      throw unknown("port " + port.name(), name + " (N, " + width + ") float32");
    }
  }

  private void node(Node node) {
    if (node.domain().equals("ai.onnx.ml") && node.operator().equals("TreeEnsembleRegressor")) {
      forest(node);
      return;
    }
    if (!node.domain().isEmpty() && !node.domain().equals("ai.onnx")) {
      throw unknown("operator " + node.domain() + "." + node.operator(), "one of ai.onnx");
    }
    switch (node.operator()) {
      case "Gemm" -> gemm(node);
      case "MatMul" -> dense(node, terms.constant(node, 1, 2), false, null);
      case "Add" -> pair(node, Pair.ADD);
      case "Sub" -> pair(node, Pair.SUB);
      case "Mul" -> pair(node, Pair.MUL);
      case "Div" -> pair(node, Pair.DIV);
      case "Relu" -> each(node, Each.RELU);
      case "Sigmoid" -> each(node, Each.SIGMOID);
      case "Tanh" -> each(node, Each.TANH);
      case "Softmax" -> {
        NodeTerms.axis(node, -1);
        each(node, Each.SOFTMAX);
      }
      case "Cast" -> {
        NodeTerms.whole(node, "to", -1, OnnxFile.INT64);
        each(node, Each.TRUNCATE);
      }
      case "Identity", "Flatten" -> each(node);
      case "Gather" -> gather(node);
      case "Slice" -> slice(node);
      case "Concat" -> concat(node);
      case "ReduceSum" -> reduce(node);
      default -> throw unknown("operator " + node.operator(), "one that plain Java knows");
    }
  }

  private void forest(Node node) {
    Value x = values.matrix(node, 0);
    Attribute targets = node.attributes().get("n_targets");
    int width = targets == null ? 1 : Math.toIntExact(targets.whole());
    int y = values.result(node, width, false);
    steps.add(ForestStep.of(node, x.place(), x.width(), y));
  }

  private void gemm(Node node) {
    NodeTerms.whole(node, "transA", 0, 0);
    NodeTerms.one(node, "alpha");
    NodeTerms.one(node, "beta");
    Attribute turned = node.attributes().get("transB");
    boolean given = node.inputs().size() > 2 && !node.inputs().get(2).isEmpty();
    dense(
        node,
        terms.constant(node, 1, 2),
        turned != null && turned.whole() != 0,
        given ? terms.floats(node.inputs().get(2)) : null);
  }

  private void dense(Node node, Tensor weight, boolean turned, float @Nullable [] added) {
    Value x = values.matrix(node, 0);
    terms.floats(node.inputs().get(1));
    int in = Math.toIntExact(weight.shape()[turned ? 1 : 0]);
    int out = Math.toIntExact(weight.shape()[turned ? 0 : 1]);
    if (in != x.width() || out < 1) {
      throw unknown("weight of " + in + " x " + out, x.width() + " inputs");
    }
    float[] bias = new float[out];
    if (added != null) {
      if (added.length != out && added.length != 1) {
        throw unknown("bias of " + added.length, "" + out);
      }
      for (int j = 0; j < out; j++) {
        bias[j] = added[added.length == 1 ? 0 : j];
      }
    }
    float[][] weights = new float[in][out];
    for (int i = 0; i < in; i++) {
      for (int j = 0; j < out; j++) {
        weights[i][j] = weight.numbers()[turned ? j * in + i : i * out + j];
      }
    }
    steps.add(new DenseStep(x.place(), values.result(node, out, false), weights, bias));
  }

  private void each(Node node, Each function) {
    Value x = values.input(node, 0);
    steps.add(
        new EachStep(function, x.place(), values.result(node, x.width(), x.column()), x.width()));
  }

  /** The value itself under another name. */
  private void each(Node node) {
    Value x = values.matrix(node, 0);
    NodeTerms.whole(node, "axis", 1, 1);
    steps.add(new CopyStep(x.place(), 0, values.result(node, x.width(), false), 0, x.width()));
  }

  private void pair(Node node, Pair operator) {
    Value a = operand(node, 0);
    Value b = operand(node, 1);
    int width = Math.max(a.width(), b.width());
    if ((a.width() != width && a.width() != 1) || (b.width() != width && b.width() != 1)) {
      throw unknown("widths " + a.width() + " and " + b.width(), "equal ones");
    }
    steps.add(
        new PairStep(operator, a.place(), b.place(), values.result(node, width, false), width));
  }

  /** A value or a constant row. */
  private Value operand(Node node, int i) {
    String name = node.inputs().get(i);
    Tensor constant = file.constants().get(name);
    if (constant == null) {
      return values.matrix(node, i);
    }
    float[] numbers = terms.floats(name);
    if (constant.shape().length > 1 && constant.shape()[0] != 1) {
      throw unknown("constant " + name, "one row");
    }
    Value made = values.place(numbers.length, false);
    steps.add(new ConstantStep(made.place(), numbers));
    return made;
  }

  /** A column of the values by a constant, or a row of a constant table by a column. */
  private void gather(Node node) {
    String from = node.inputs().get(0);
    Tensor table = file.constants().get(from);
    if (table != null) {
      NodeTerms.whole(node, "axis", 0, 0);
      Value at = values.input(node, 1);
      float[] numbers = terms.floats(from);
      if (!at.column() || table.shape().length != 2) {
        throw unknown("table " + from, "two dimensions, looked up by one column");
      }
      int rows = Math.toIntExact(table.shape()[0]);
      int width = Math.toIntExact(table.shape()[1]);
      steps.add(
          new LookupStep(at.place(), values.result(node, width, false), numbers, rows, width));
      return;
    }
    Value x = values.matrix(node, 0);
    NodeTerms.axis(node, 0);
    Tensor at = terms.constant(node, 1, 0);
    steps.add(
        new CopyStep(x.place(), column(at.wholes()[0], x), values.result(node, 1, true), 0, 1));
  }

  private static int column(long at, Value x) {
    if (at < 0 || at >= x.width()) {
      throw unknown("column " + at, "0.." + (x.width() - 1));
    }
    return (int) at;
  }

  private void slice(Node node) {
    Value x = values.matrix(node, 0);
    int from = column(terms.constant(node, 1, 1).wholes()[0], x);
    long to = Math.min(terms.constant(node, 2, 1).wholes()[0], x.width());
    long axis = node.inputs().size() > 3 ? terms.constant(node, 3, 1).wholes()[0] : 0;
    boolean stepped = node.inputs().size() > 4 && terms.constant(node, 4, 1).wholes()[0] != 1;
    if (axis != 1 && axis != -1 || to <= from || stepped) {
      throw unknown("slice " + from + ".." + to + " of axis " + axis, "columns beside each other");
    }
    int count = (int) to - from;
    steps.add(new CopyStep(x.place(), from, values.result(node, count, false), 0, count));
  }

  private void concat(Node node) {
    NodeTerms.axis(node, Long.MIN_VALUE);
    int width = 0;
    for (int i = 0; i < node.inputs().size(); i++) {
      width = Math.addExact(width, values.matrix(node, i).width());
    }
    int y = values.result(node, width, false);
    int to = 0;
    for (int i = 0; i < node.inputs().size(); i++) {
      Value part = values.input(node, i);
      steps.add(new CopyStep(part.place(), 0, y, to, part.width()));
      to += part.width();
    }
  }

  private void reduce(Node node) {
    Value x = values.matrix(node, 0);
    NodeTerms.whole(node, "keepdims", 1, 1);
    long[] axes = node.inputs().size() > 1 ? terms.constant(node, 1, 1).wholes() : new long[0];
    if (axes.length != 1 || (axes[0] != 1 && axes[0] != -1)) {
      throw unknown("ReduceSum of " + axes.length + " axes", "axis 1");
    }
    steps.add(new EachStep(Each.SUM, x.place(), values.result(node, 1, false), x.width()));
  }
}
