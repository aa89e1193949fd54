package io.millrace.activities.train.net;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.pooling.Pool;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Layers over images {@code (rows, channels, height, width) float32}. None keeps a running
 * statistic: all there is to an image net's state is its parameters.
 */
sealed interface ImageLayer extends Layer {
  /** Inputs, pixel after pixel and row after row, channels innermost, as an image. */
  record Pixels(int height, int width, int channels) implements ImageLayer {
    @Override
    public Shape output(Shape input) {
      if (input.size() != (long) height * width * channels) {
        throw new IllegalArgumentException(
            "inputs: "
                + input.size()
                + " (expected: "
                + height
                + " x "
                + width
                + " x "
                + channels
                + ")");
      }
      return new Shape(channels, height, width);
    }

    @Override
    public NDArray forward(NDArray x, List<NDArray> parameters, boolean training) {
      return channels == 1
          ? x.reshape(-1, 1, height, width)
          : x.reshape(-1, height, width, channels).transpose(0, 3, 1, 2);
    }

    @Override
    public String write(OnnxGraph graph, String x, Shape input, float[][] values) {
      if (channels == 1) {
        String shape = graph.wholes(new Shape(4), -1, 1, height, width);
        return graph.node("Reshape", List.of(x, shape));
      }
      String shape = graph.wholes(new Shape(4), -1, height, width, channels);
      String pixels = graph.node("Reshape", List.of(x, shape));
      return graph.node("Transpose", List.of(pixels), OnnxGraph.wholes("perm", 0, 3, 1, 2));
    }
  }

  /**
   * While training only: moves each image by up to this many pixels each way, and repeats its edge
   * behind it.
   */
  record Shift(int pixels) implements ImageLayer {
    @Override
    public Shape output(Shape input) {
      return input;
    }

    @Override
    public NDArray forward(NDArray x, List<NDArray> parameters, boolean training) {
      if (!training || pixels == 0) {
        return x;
      }
      long rows = x.getShape().get(0);
      long channels = x.getShape().get(1);
      long height = x.getShape().get(2);
      long width = x.getShape().get(3);
      NDArray down =
          HostNumber.given(moved(x.getManager(), rows, height)::mul, width)
              .reshape(rows, height, 1);
      NDArray right = moved(x.getManager(), rows, width).reshape(rows, 1, width);
      NDArray from =
          down.add(right)
              .reshape(rows, 1, height * width)
              .broadcast(new Shape(rows, channels, height * width));
      return x.reshape(rows, channels, height * width).gather(from, 2).reshape(x.getShape());
    }

    /** For each image and place, which place its value comes from. {@code (rows, size) int64} */
    private NDArray moved(NDManager manager, long rows, long size) {
      NDArray steps =
          manager.randomInteger(-pixels, pixels + 1L, new Shape(rows, 1), DataType.INT64);
      return manager.arange(0, (int) size, 1, DataType.INT64).add(steps).clip(0, size - 1);
    }

    @Override
    public boolean stochastic() {
      return pixels > 0;
    }

    @Override
    public String write(OnnxGraph graph, String x, Shape input, float[][] values) {
      return x;
    }
  }

  /**
   * Cross-correlation with square kernels, zeros around the image so that its size stays: weight
   * {@code (filters, in, kernel, kernel)}, bias {@code (filters)}.
   *
   * @param kernel odd
   */
  record Conv(int filters, int kernel) implements ImageLayer {
    @Override
    public Shape output(Shape input) {
      return new Shape(filters, input.get(1), input.get(2));
    }

    @Override
    public List<Shape> shapes(Shape input) {
      return List.of(new Shape(filters, input.get(0), kernel, kernel), new Shape(filters));
    }

    @Override
    public float[][] initial(Shape input, SplittableRandom random) {
      long in = input.get(0) * kernel * kernel;
      int count = Math.toIntExact(filters * in);
      return new float[][] {Normal.he(random, count, in), new float[filters]};
    }

    @Override
    public NDArray forward(NDArray x, List<NDArray> parameters, boolean training) {
      Shape padding = new Shape(kernel / 2, kernel / 2);
      return Conv2d.conv2d(x, parameters.get(0), parameters.get(1), new Shape(1, 1), padding)
          .head();
    }

    @Override
    public String write(OnnxGraph graph, String x, Shape input, float[][] values) {
      List<Shape> shapes = shapes(input);
      String weight = graph.tensor(shapes.get(0), values[0]);
      String bias = graph.tensor(shapes.get(1), values[1]);
      int edge = kernel / 2;
      return graph.node(
          "Conv",
          List.of(x, weight, bias),
          OnnxGraph.wholes("kernel_shape", kernel, kernel),
          OnnxGraph.wholes("pads", edge, edge, edge, edge));
    }
  }

  /** The greatest of each square; what is left at the lower and right edge is not looked at. */
  record MaxPool(int size) implements ImageLayer {
    @Override
    public Shape output(Shape input) {
      return new Shape(input.get(0), input.get(1) / size, input.get(2) / size);
    }

    @Override
    public NDArray forward(NDArray x, List<NDArray> parameters, boolean training) {
      Shape square = new Shape(size, size);
      return Pool.maxPool2d(x, square, square, new Shape(0, 0), false);
    }

    @Override
    public String write(OnnxGraph graph, String x, Shape input, float[][] values) {
      return graph.node(
          "MaxPool",
          List.of(x),
          OnnxGraph.wholes("kernel_shape", size, size),
          OnnxGraph.wholes("strides", size, size));
    }
  }

  /** An image as a row of inputs. */
  record Flatten() implements ImageLayer {
    @Override
    public Shape output(Shape input) {
      return new Shape(input.size());
    }

    @Override
    public NDArray forward(NDArray x, List<NDArray> parameters, boolean training) {
      long rows = x.getShape().get(0);
      return x.reshape(rows, x.size() / rows);
    }

    @Override
    public String write(OnnxGraph graph, String x, Shape input, float[][] values) {
      return graph.node("Flatten", List.of(x), OnnxGraph.whole("axis", 1));
    }
  }
}
