package io.millrace.activities.train.net;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What a user gives an item: the user's bias, the item's bias and the product of their factors
 * (Koren, Bell and Volinsky 2009, "Matrix Factorization Techniques for Recommender Systems"; their
 * mean is the objective's). Parameters are the users' factors {@code (positions, dimension)}, the
 * items', the users' biases {@code (positions, 1)} and the items'.
 *
 * @param user input with the user's position
 * @param users positions
 * @param item input with the item's position
 * @param items positions
 * @param unseen chance of a user, and of an item, to count as one never seen, while training
 */
record Factorisation(int user, int users, int item, int items, int dimension, double unseen)
    implements Layer {
  /** Of the products at the start, small beside the scaled rating's, which is 1. */
  private static final double START = 0.1;

  @Override
  public Shape output(Shape input) {
    return new Shape(1);
  }

  @Override
  public List<Shape> shapes(Shape input) {
    return List.of(
        new Shape(users, dimension),
        new Shape(items, dimension),
        new Shape(users, 1),
        new Shape(items, 1));
  }

  @Override
  public float[][] initial(Shape input, SplittableRandom random) {
    double deviation = Math.sqrt(START / Math.sqrt(dimension));
    return new float[][] {
      Normal.table(random, users, dimension, deviation),
      Normal.table(random, items, dimension, deviation),
      new float[users],
      new float[items]
    };
  }

  @Override
  public NDArray forward(NDArray x, List<NDArray> parameters, boolean training) {
    double dropped = training ? unseen : 0;
    NDArray who = Lookup.positions(x, user, users, dropped);
    NDArray what = Lookup.positions(x, item, items, dropped);
    NDArray liking = Lookup.rows(who, parameters.get(0)).mul(Lookup.rows(what, parameters.get(1)));
    return liking
        .sum(new int[] {1}, true)
        .add(Lookup.rows(who, parameters.get(2)))
        .add(Lookup.rows(what, parameters.get(3)));
  }

  @Override
  public boolean stochastic() {
    return unseen > 0;
  }

  @Override
  public String write(OnnxGraph graph, String x, Shape input, float[][] values) {
    List<Shape> shapes = shapes(input);
    String who = graph.positions(x, user);
    String what = graph.positions(x, item);
    String[] looked = new String[4];
    for (int p = 0; p < 4; p++) {
      String table = graph.tensor(shapes.get(p), values[p]);
      looked[p] = graph.node("Gather", List.of(table, p % 2 == 0 ? who : what));
    }
    String liking = graph.node("Mul", List.of(looked[0], looked[1]));
    String axis = graph.wholes(new Shape(1), 1);
    String product = graph.node("ReduceSum", List.of(liking, axis));
    String biased = graph.node("Add", List.of(product, looked[2]));
    return graph.node("Add", List.of(biased, looked[3]));
  }
}
