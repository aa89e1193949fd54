package io.millrace.activities.train.net;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;

/** Chains over the same input, their outputs added up. Parameters are theirs, in their order. */
final class Sum implements Layer {
  private final List<Chain> branches;

  /**
   * @param input of one row
   * @param branches each with an output of the same shape
   */
  Sum(Shape input, List<List<Layer>> branches) {
    this.branches = branches.stream().map(layers -> new Chain(input, layers)).toList();
  }

  @Override
  public Shape output(Shape input) {
    return branches.getFirst().output();
  }

  @Override
  public List<Shape> shapes(Shape input) {
    return branches.stream().flatMap(branch -> branch.shapes().stream()).toList();
  }

  @Override
  public float[][] initial(Shape input, SplittableRandom random) {
    List<float[]> values = new ArrayList<>();
    branches.forEach(branch -> values.addAll(Arrays.asList(branch.initial(random))));
    return values.toArray(float[][]::new);
  }

  @Override
  public NDArray forward(NDArray x, List<NDArray> parameters, boolean training) {
    NDArray sum = null;
    int from = 0;
    for (Chain branch : branches) {
      int to = from + branch.shapes().size();
      NDArray part = branch.forward(x, parameters.subList(from, to), training);
      sum = sum == null ? part : sum.add(part);
      from = to;
    }
    return Objects.requireNonNull(sum);
  }

  @Override
  public boolean stochastic() {
    return branches.stream().anyMatch(Chain::stochastic);
  }

  @Override
  public String write(OnnxGraph graph, String x, Shape input, float[][] values) {
    String sum = "";
    int from = 0;
    for (Chain branch : branches) {
      int to = from + branch.shapes().size();
      String part = branch.write(graph, x, Arrays.copyOfRange(values, from, to));
      sum = sum.isEmpty() ? part : graph.node("Add", List.of(sum, part));
      from = to;
    }
    return sum;
  }
}
