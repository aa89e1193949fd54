package io.millrace.activities.train.net;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Layers one after the other, each with the shape it is given and its share of the parameters. */
final class Chain {
  private record Link(Layer layer, Shape input, int from, int to) {}

  private final List<Link> links = new ArrayList<>();
  private final List<Shape> shapes = new ArrayList<>();
  private final Shape output;
  private final long widest;

  /**
   * @param input of one row
   */
  Chain(Shape input, List<Layer> layers) {
    Shape shape = input;
    long most = input.size();
    for (Layer layer : layers) {
      List<Shape> own = layer.shapes(shape);
      links.add(new Link(layer, shape, shapes.size(), shapes.size() + own.size()));
      shapes.addAll(own);
      shape = layer.output(shape);
      most = Math.max(most, shape.size());
    }
    output = shape;
    widest = most;
  }

  /** Of the parameters, in the layers' order. */
  List<Shape> shapes() {
    return shapes;
  }

  List<Layer> layers() {
    return links.stream().map(Link::layer).toList();
  }

  /** Of one row of output. */
  Shape output() {
    return output;
  }

  /** Numbers that a row is made of where there are most, between two layers. */
  long widest() {
    return widest;
  }

  boolean stochastic() {
    return links.stream().anyMatch(link -> link.layer.stochastic());
  }

  float[][] initial(SplittableRandom random) {
    float[][] values = new float[shapes.size()][];
    for (Link link : links) {
      float[][] own = link.layer.initial(link.input, random);
      System.arraycopy(own, 0, values, link.from, link.to - link.from);
    }
    return values;
  }

  NDArray forward(NDArray x, List<NDArray> parameters, boolean training) {
    NDArray h = x;
    for (Link link : links) {
      h = link.layer.forward(h, parameters.subList(link.from, link.to), training);
    }
    return h;
  }

  String write(OnnxGraph graph, String x, float[][] values) {
    String h = x;
    for (Link link : links) {
      float[][] own = Arrays.copyOfRange(values, link.from, link.to);
      h = link.layer.write(graph, h, link.input, own);
    }
    return h;
  }
}
