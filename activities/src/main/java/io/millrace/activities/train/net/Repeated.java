package io.millrace.activities.train.net;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.core.Linear;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A dense layer of one unit that begins by repeating one input, in the output's scale: {@code
 * factor * x[input] + offset}. All its weights are then learned, so it becomes a linear
 * autoregression over whatever inputs there are.
 *
 * @param input whose value is repeated at the start
 */
record Repeated(int input, double factor, double offset) implements Layer {
  @Override
  public Shape output(Shape shape) {
    return new Shape(1);
  }

  @Override
  public List<Shape> shapes(Shape shape) {
    return List.of(new Shape(1, shape.size()), new Shape(1));
  }

  @Override
  public float[][] initial(Shape shape, SplittableRandom random) {
    float[] weight = new float[Math.toIntExact(shape.size())];
    weight[input] = (float) factor;
    return new float[][] {weight, {(float) offset}};
  }

  @Override
  public NDArray forward(NDArray x, List<NDArray> parameters, boolean training) {
    return Linear.linear(x, parameters.get(0), parameters.get(1)).head();
  }

  @Override
  public String write(OnnxGraph graph, String x, Shape shape, float[][] values) {
    List<Shape> shapes = shapes(shape);
    String weight = graph.tensor(shapes.get(0), values[0]);
    String bias = graph.tensor(shapes.get(1), values[1]);
    return graph.node("Gemm", List.of(x, weight, bias), OnnxGraph.whole("transB", 1));
  }
}
